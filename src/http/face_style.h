// How one API family speaks: the shape of its errors, and whether it minds unknown fields.
#pragma once

#include "base/described_decoding.h"
#include "base/error.h"
#include "http/request.h"
#include "http/response.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::http {

enum class ProblemKind : std::uint8_t {
  kNoRoute,      // no such path
  kWrongMethod,  // the path exists; the server adds the Allow field
  kBadFields,    // `fields` names every bad one
  kBadJson,      // the body is not JSON; `fields` holds one entry about it
  kTransport,    // the message itself was refused: 400, 408, 413, 414, 421, 431, 505 ...
  kRefused,      // the handler or a gate said no
};

// Why a request is not answered as asked.
struct Problem {
  ProblemKind kind = ProblemKind::kRefused;
  int status = 500;    // the usual one; a family may choose another, but not for kTransport
  base::Error error;   // what happened, for kRefused and kTransport
  std::string detail;  // one sentence for the client; never internals
  base::FieldErrors fields = {};
};

// The interface a face implements once. Thread: any (immutable).
class FaceStyle {
 public:
  virtual ~FaceStyle() = default;

  // The answer in the family's own shape. `request` is null when its head could not be read.
  virtual Response answer_problem(const Problem& problem, const Request* request) const = 0;
  virtual base::UnknownFields unknown_fields() const { return base::UnknownFields::kIgnore; }
};

// {"detail": "..."}, and {"detail": [{"loc", "msg", "type"}]} for fields.
// Source: contract/README.md "Error shapes" (OSE, INT, mesh).
class DetailStyle final : public FaceStyle {
 public:
  Response answer_problem(const Problem& problem, const Request* request) const override;
};

// Returns: the sentence for a status nobody said more about, e.g. "Not Found".
std::string default_detail(const Problem& problem);

}  // namespace weft::http
