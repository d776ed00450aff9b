// The three places a request carries fields in, as the decoder of described types reads them.
// endpoint.cc is the only user.
#pragma once

#include "base/described_shape.h"
#include "http/context.h"
#include "http/face_style.h"
#include "http/query.h"
#include "http/route.h"

#include <optional>
#include <span>
#include <string_view>

namespace weft::http {

// How a query parameter becomes JSON: a list takes every value, a flag may stand without '='.
enum class QueryShape : std::uint8_t { kScalar, kFlag, kList };

// Thread: its loop. Lifetime: one decoding; borrows the context.
class RequestFields final {
 public:
  explicit RequestFields(const Context& context);

  // Why nothing can be decoded at all: the body is not JSON, the query is broken.
  const std::optional<Problem>& problem() const { return problem_; }

  const json::object& path() const { return path_; }
  // {} or {member: value}.
  json::object query(const base::Field& field, QueryShape shape) const;
  // The body as an object; empty when there is none. Null when it is something else: that is the
  // one thing to say about it, and body_errors() says it.
  const json::object* body();
  bool is_body_refused() const { return is_body_refused_; }
  // The body as it is, null when there is none.
  const json::value* whole_body() const { return has_body_ ? &body_ : nullptr; }

  // Where does this field come from? kQueryOrBody is settled by what the request has.
  FieldPlace place(const base::Field& field) const;

  base::Decoding& path_errors() { return path_errors_; }
  base::Decoding& query_errors() { return query_errors_; }
  base::Decoding& body_errors() { return body_errors_; }
  // Members of the body that are in nobody's place, if this family refuses those.
  void refuse_unknown(std::span<const base::described::Member> fields);
  // Parameters of the query that are in nobody's place, if this operation refuses those.
  void refuse_unknown_query(std::span<const base::described::Member> fields);
  base::FieldErrors take_errors();

 private:
  const Context& context_;
  Query query_;
  json::object path_;
  json::value body_;
  bool has_body_ = false;
  bool is_body_refused_ = false;
  std::optional<Problem> problem_;
  base::Decoding path_errors_;
  base::Decoding query_errors_;
  base::Decoding body_errors_;
};

}  // namespace weft::http
