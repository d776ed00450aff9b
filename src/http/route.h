// One operation of an API: method, path template, handler, and what a document says about it.
#pragma once

#include "base/schema.h"
#include "http/context.h"
#include "http/response.h"
#include "io/task.h"
#include "wire/http1.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::http {

using Handler = std::function<io::Task<Response>(Context&)>;

// What the document shows of an operation.
struct OperationFacts {
  std::string_view summary = {};
  std::string_view tag = {};
  std::vector<int> errors = {};  // statuses it may answer besides success and 422
  int success = 200;
  bool is_hidden = false;  // pages and aliases stay out of the document
  // What becomes of a query parameter nobody knows: a typing error had better not go unsaid where
  // absent parameters mean something.
  base::UnknownFields unknown_query = base::UnknownFields::kIgnore;
};

struct Route;

// Adds "parameters", "requestBody" and "responses" of a typed endpoint to its operation.
using DescribeOperation = void (*)(const Route& route, base::Schemas& schemas,
                                   json::object& operation);

// Path templates: "/api/v1/services/{service_id}/health"; a last part {name...} takes the rest of
// the path, slashes included.
struct Route {
  wire::Method method = wire::Method::kGet;
  std::string path;
  OperationFacts facts;
  Handler handler;
  DescribeOperation describe = nullptr;  // null: a raw route, documented by its facts alone
};

// Where a request carries a field of its described type.
enum class FieldPlace : std::uint8_t { kPath, kQuery, kQueryOrBody, kBody, kWholeBody };

// A field named in the path is there; else FieldSource decides, and by default the fields of POST,
// PUT and PATCH are in the body, those of other methods in the query.
FieldPlace place_of(const base::Field& field, const Route& route);

// A route whose handler reads the request and makes the Response itself.
Route raw_route(std::string_view method, std::string path, OperationFacts facts, Handler handler);

}  // namespace weft::http
