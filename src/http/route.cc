#include "http/route.h"

namespace weft::http {
namespace {

bool path_names(std::string_view path, std::string_view name) {
  if (name.empty()) {
    return false;
  }
  const std::string opening = "{" + std::string(name);
  return path.find(opening + "}") != std::string_view::npos ||
         path.find(opening + "...}") != std::string_view::npos;
}

bool has_body(wire::Method method) {
  return method == wire::Method::kPost || method == wire::Method::kPut ||
         method == wire::Method::kPatch;
}

}  // namespace

FieldPlace place_of(const base::Field& field, const Route& route) {
  if (path_names(route.path, field.member) || path_names(route.path, field.alias_name)) {
    return FieldPlace::kPath;
  }
  switch (field.source) {
    case base::FieldSource::kQuery:
      return FieldPlace::kQuery;
    case base::FieldSource::kQueryOrBody:
      return FieldPlace::kQueryOrBody;
    case base::FieldSource::kWholeBody:
      return FieldPlace::kWholeBody;
    case base::FieldSource::kDefault:
      break;
  }
  return has_body(route.method) ? FieldPlace::kBody : FieldPlace::kQuery;
}

Route raw_route(std::string_view method, std::string path, OperationFacts facts, Handler handler) {
  return {wire::parse_method(method), std::move(path), std::move(facts), std::move(handler)};
}

}  // namespace weft::http
