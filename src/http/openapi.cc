#include "http/openapi.h"

#include "base/text.h"
#include "http/operation.h"

#include <memory>
#include <string>
#include <utility>

namespace weft::http {
namespace {

// "/kv/{key...}" -> "/kv/{key}": OpenAPI has no word for the rest of a path.
std::string document_path(std::string_view path) {
  std::string text(path);
  if (const std::size_t dots = text.find("...}"); dots != std::string::npos) {
    text.erase(dots, 3);
  }
  return text;
}

// "get_api_v1_services_service_id".
std::string operation_id(const Route& route) {
  std::string id = base::to_lower(wire::method_name(route.method));
  bool is_word = false;
  for (const char c : route.path) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (is_plain) {
      id += is_word ? "" : "_";
      id += c;
    }
    is_word = is_plain;
  }
  return id;
}

void add_plain_path_parameters(const Route& route, json::object& operation) {
  std::string_view rest = route.path;
  for (std::size_t open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    rest.remove_prefix(open + 1);
    const std::string_view name = rest.substr(0, rest.find_first_of(".}"));
    add_parameter(operation, base::Field(name), FieldPlace::kPath, {{"type", "string"}});
  }
}

json::object operation_of(const Route& route, base::Schemas& schemas) {
  json::object operation;
  if (!route.facts.summary.empty()) {
    operation["summary"] = route.facts.summary;
  }
  if (!route.facts.tag.empty()) {
    operation["tags"] = json::array{route.facts.tag};
  }
  operation["operationId"] = operation_id(route);
  if (route.describe != nullptr) {
    route.describe(route, schemas, operation);
  } else {
    add_plain_path_parameters(route, operation);
    add_success(operation, route, {});
    add_errors(operation, route, false);
  }
  return operation;
}

// The text of the document and its entity tag, once somebody has asked.
struct MadeDocument {
  std::shared_ptr<const std::string> text;
  std::string tag;
};

io::Task<Response> answer_document(MadeDocument* made, const Router* router, OpenApiInfo info) {
  if (made->text == nullptr) {
    made->text =
        std::make_shared<const std::string>(base::write_json(openapi_document(*router, info)));
    made->tag = entity_tag(*made->text);
  }
  Response response;
  response.headers = {{"Content-Type", "application/json"}, {"ETag", made->tag}};
  response.body = made->text;
  co_return response;
}

}  // namespace

Route openapi_route(std::string path, const Router& router, OpenApiInfo info) {
  return raw_route("GET", std::move(path), {.is_hidden = true},
                   [made = std::make_shared<MadeDocument>(), router = &router, info](
                       Context& /*context*/) { return answer_document(made.get(), router, info); });
}

json::object openapi_document(const Router& router, const OpenApiInfo& info) {
  base::Schemas schemas;
  json::object paths;
  for (const RouteEntry& entry : router.routes()) {
    if (entry.route.facts.is_hidden) {
      continue;
    }
    schemas.set_unknown(entry.style->unknown_fields());
    json::object& item =
        paths.emplace(document_path(entry.route.path), json::object()).first->value().get_object();
    item[base::to_lower(wire::method_name(entry.route.method))] =
        operation_of(entry.route, schemas);
  }
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", info.title}, {"version", info.version}, {"description", info.description}}},
          {"paths", std::move(paths)},
          {"components", {{"schemas", schemas.components()}}}};
}

}  // namespace weft::http
