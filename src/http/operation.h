// The parts of one operation of an OpenAPI document: parameters, body, answers.
// Source: OpenAPI 3.1.0 §4.8.10.
#pragma once

#include "http/route.h"

namespace weft::http {

void add_parameter(json::object& operation, const base::Field& field, FieldPlace place,
                   json::object schema);
void add_body(json::object& operation, json::object schema, bool is_required);
// Without a schema the answer has no described body.
void add_success(json::object& operation, const Route& route, json::object schema);
void add_errors(json::object& operation, const Route& route, bool has_fields);

}  // namespace weft::http
