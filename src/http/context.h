// What a handler is handed beside its decoded request.
#pragma once

#include "base/described_error.h"
#include "base/json.h"
#include "base/limit_meters.h"
#include "base/result.h"
#include "http/headers.h"
#include "http/kept_answers.h"
#include "http/request.h"
#include "io/loop.h"

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace weft::http {

struct Route;
class FaceStyle;
class ServerConnection;

// Who the request acts as; a gate that authenticates fills it in.
struct Actor {
  std::string name = "anonymous";
  std::string tenant = "default_tenant";
  std::string role;
};

// Values of {names} in a route's path, decoded.
using PathParameters = std::map<std::string, std::string, std::less<>>;

// One request under way. Thread: its loop. Lifetime: until the answer is sent.
struct Context {
  Context(io::Loop& on, Request asked) : loop(on), request(std::move(asked)) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  io::Loop& loop;
  Request request;
  const FaceStyle* style = nullptr;  // of the family the path belongs to; never null in a handler
  const Route* route = nullptr;      // null while the request is refused
  PathParameters parameters;
  Actor actor;
  base::JsonLimits json;                 // of its body
  base::LimitMeters* reached = nullptr;  // counts what met a limit, when there is one

  // The handler's words about its answer: used when it succeeds.
  int status = 200;
  Headers headers;
  // Set, the answer holds as long as this says: whoever asks the same gets it again without the
  // handler (kept_answers.h).
  std::unique_ptr<const KeepWhile> keep_while = {};
  // The client's, for a handler that waits long; null where there is no socket.
  ServerConnection* connection = nullptr;
  bool is_plain = false;  // it may be answered from what was kept; for the server
  // Of a refusal by the handler; 0: the usual one of its code.
  int refused_status = 0;
  // One sentence about why it failed; see refuse().
  std::string detail;
  // The fields that are to blame, when it is about fields.
  base::FieldErrors fields = {};

  // Ends a handler: `co_return context.refuse(Code::kNotFound, "Service not found")`.
  std::unexpected<base::Error> refuse(base::Code code, std::string sentence) {
    detail = std::move(sentence);
    return base::fail(code, "refused by the handler", base::Side::kClient);
  }
  // The same for fields: the family's usual answer about bad fields.
  std::unexpected<base::Error> refuse(base::FieldErrors errors) {
    fields = std::move(errors);
    return refuse(base::Code::kInvalid, "Validation failed");
  }
};

}  // namespace weft::http
