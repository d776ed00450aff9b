#include "http/operation.h"

#include "http/status.h"

#include <fmt/format.h>

namespace weft::http {
namespace {

json::object response_object(int status) { return {{"description", reason_phrase(status)}}; }

json::object& responses_of(json::object& operation) {
  return operation.emplace("responses", json::object()).first->value().get_object();
}

json::object json_content(json::object schema) {
  return {{"application/json", {{"schema", std::move(schema)}}}};
}

}  // namespace

void add_parameter(json::object& operation, const base::Field& field, FieldPlace place,
                   json::object schema) {
  json::value& parameters = operation.emplace("parameters", json::array()).first->value();
  const bool in_path = place == FieldPlace::kPath;
  json::object parameter{
      {"name", field.member},
      {"in", in_path ? "path" : "query"},
      {"required", in_path || (field.is_required && place == FieldPlace::kQuery)}};
  if (!field.description.empty()) {
    parameter["description"] = field.description;
    schema.erase("description");
  }
  if (in_path) {
    schema.erase("default");
  }
  parameter["schema"] = std::move(schema);
  parameters.get_array().push_back(std::move(parameter));
}

void add_body(json::object& operation, json::object schema, bool is_required) {
  operation["requestBody"] =
      json::object{{"required", is_required}, {"content", json_content(std::move(schema))}};
}

void add_success(json::object& operation, const Route& route, json::object schema) {
  json::object response = response_object(route.facts.success);
  if (!schema.empty()) {
    response["content"] = json_content(std::move(schema));
  }
  responses_of(operation)[fmt::to_string(route.facts.success)] = std::move(response);
}

void add_errors(json::object& operation, const Route& route, bool has_fields) {
  json::object& responses = responses_of(operation);
  for (const int status : route.facts.errors) {
    responses[fmt::to_string(status)] = response_object(status);
  }
  if (has_fields && !responses.contains("422")) {
    responses["422"] = response_object(422);
  }
}

}  // namespace weft::http
