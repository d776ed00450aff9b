#include "http/face_style.h"

#include "http/status.h"

namespace weft::http {

std::string default_detail(const Problem& problem) {
  if (!problem.detail.empty()) {
    return problem.detail;
  }
  if (problem.status < 500 && problem.error.what[0] != '\0') {
    return problem.error.what;
  }
  return std::string(reason_phrase(problem.status));
}

Response DetailStyle::answer_problem(const Problem& problem, const Request* /*request*/) const {
  if (problem.fields.empty()) {
    return json_response({{"detail", default_detail(problem)}}, problem.status);
  }
  json::array details;
  for (const base::FieldError& error : problem.fields) {
    details.push_back(error.to_location_object());
  }
  return json_response({{"detail", std::move(details)}}, problem.status);
}

}  // namespace weft::http
