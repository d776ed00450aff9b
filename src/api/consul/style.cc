#include "api/consul/style.h"

#include "http/status.h"

#include <fmt/format.h>

namespace weft::api::consul {

http::Response answer_refusal(const Refusal& refusal) {
  http::Response response = http::text_response(refusal.text, refusal.status);
  response.headers.set("X-Content-Type-Options", "nosniff");
  return response;
}

http::Response ConsulStyle::answer_problem(const http::Problem& problem,
                                           const http::Request* request) const {
  switch (problem.kind) {
    case http::ProblemKind::kNoRoute:
      return answer_refusal({404, "Invalid URL path: not a recognized HTTP API endpoint"});
    case http::ProblemKind::kWrongMethod:
      return answer_refusal(
          {405, fmt::format("method {} not allowed",
                            request != nullptr ? request->method_text : std::string())});
    case http::ProblemKind::kBadJson:
    case http::ProblemKind::kBadFields:
      return answer_refusal({400, "Request decode error: " + http::default_detail(problem)});
    case http::ProblemKind::kTransport:
    case http::ProblemKind::kRefused:
      break;
  }
  return answer_refusal({problem.status, http::default_detail(problem)});
}

Refusal refusal_of(const base::Error& error) {
  using base::Code;
  switch (error.code) {
    case Code::kInvalid:
      return {400, error.what};
    case Code::kLimit:
      return {429, error.what};
    case Code::kOverloaded:
      return {503, fmt::format("too much at once, try again later: {}", error.what)};
    case Code::kConflict:
      return {409, error.what};
    case Code::kForbidden:
      return {403, "Permission denied"};
    case Code::kNotFound:
      return {404, error.what};
    case Code::kNoSpace:
    case Code::kIo:
    case Code::kUnavailable:
    case Code::kTimeout:
    case Code::kShutdown:
      return {503, fmt::format("the store does not take writes now: {}", base::describe(error))};
    default:
      return {500, base::describe(error)};
  }
}

}  // namespace weft::api::consul
