#include "http/response.h"

#include "base/hash.h"
#include "base/text.h"

#include <fmt/format.h>

namespace weft::http {
namespace {

struct TextOf {
  std::string_view operator()(const std::string& text) const { return text; }
  std::string_view operator()(const std::shared_ptr<const std::string>& text) const {
    return *text;
  }
  std::string_view operator()(const StaticText& text) const { return text.text; }
  std::string_view operator()(const StreamBody&) const { return {}; }
};

// Weak comparison: W/"x" equals "x".
std::string_view opaque_tag(std::string_view tag) {
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

}  // namespace

std::string_view Response::body_text() const { return std::visit(TextOf{}, body); }

Response json_response(const json::value& value, int status) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = base::write_json(value);
  return response;
}

Response text_response(std::string text, int status, std::string_view content_type) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", content_type);
  response.body = std::move(text);
  return response;
}

void apply_if_none_match(std::string_view if_none_match, Response& response) {
  const std::string_view tag = response.headers.value("ETag");
  if (response.status != 200 || tag.empty() || if_none_match.empty()) {
    return;
  }
  for (const std::string_view given : base::split(if_none_match, ',')) {
    if (given == "*" || opaque_tag(given) == opaque_tag(tag)) {
      response.status = 304;
      response.headers.remove("Content-Type");
      response.body = std::string();
      return;
    }
  }
}

std::string entity_tag(std::string_view bytes) {
  return fmt::format("\"{:016x}\"", base::hash64(bytes));
}

}  // namespace weft::http
