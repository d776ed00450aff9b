// Typed endpoints: a handler from a described request to a described answer. Decoding, every field
// error, encoding and the OpenAPI entry follow from the two types.
//
//   struct GetService { std::string service_id; bool verbose = false; };
//   BOOST_DESCRIBE_STRUCT(GetService, (), (service_id, verbose))
//
//   router.add(style, endpoint<GetService, ServiceAnswer>(
//       "GET", "/api/v1/services/{service_id}", {"One service", "services", {404}},
//       [this](Context& context, GetService request) { return get_service(context, request); }));
//
// The handler returns Result<Ans> or io::Task<Result<Ans>>. Ans is described, JSON, void (no body)
// or a Response. A request without fields is http::Nothing. The handler itself may capture: it is
// no coroutine, it calls one.
#pragma once

#include "base/described_decode.h"
#include "base/described_encode.h"
#include "base/schema.h"
#include "http/face_style.h"
#include "http/route.h"

#include <optional>
#include <type_traits>
#include <utility>

namespace weft::http {

// A request without fields.
struct Nothing {};
BOOST_DESCRIBE_STRUCT(Nothing, (), ())

// The answer to a handler's error, in the family's style.
Response answer_error(const Context& context, const base::Error& error);

namespace endpoints {

template <class T>
struct Unwrap {
  using type = T;  // NOLINT(readability-identifier-naming): as in the standard's traits
};
template <class T>
struct Unwrap<io::Task<T>> {
  using type = T;  // NOLINT(readability-identifier-naming): as above
};

template <class T>
inline constexpr bool kIsTask = !std::is_same_v<T, typename Unwrap<T>::type>;

// Decodes the request's fields into `request`, an object of that type.
// Returns: nullopt when all went well.
std::optional<Problem> decode_request(const Context& context, void* request,
                                      const base::described::Struct& type);

// Adds the operation's parameters, body and answers. `answer` is null when there is no body.
void describe_operation(const Route& route, const base::described::Struct& request,
                        const base::described::Shape* answer, base::Schemas& schemas,
                        json::object& operation);

template <class Ans>
Response answer_of(Context& context, base::Result<Ans> result) {
  if (!result) {
    return answer_error(context, result.error());
  }
  if constexpr (std::is_void_v<Ans>) {
    Response response;
    response.status = context.status == 200 ? 204 : context.status;
    return response;
  } else if constexpr (std::is_same_v<Ans, Response>) {
    return *std::move(result);
  } else {
    return json_response(base::encode(*result), context.status);
  }
}

// Lifetime: the handler lives in its route, the context until the answer is sent.
template <class Req, class Ans, class Function>
io::Task<Response> run(Context& context, const Function& handler) {
  static_assert(base::described::can_be_decoded<Req>(), "text that is decoded needs an owner");
  Req request{};
  if (const auto problem = decode_request(context, &request, base::described::struct_of<Req>())) {
    co_return context.style->answer_problem(*problem, &context.request);
  }
  using Returned = std::invoke_result_t<const Function&, Context&, Req>;
  if constexpr (kIsTask<Returned>) {
    base::Result<Ans> result = co_await handler(context, std::move(request));
    co_return answer_of<Ans>(context, std::move(result));
  } else {
    co_return answer_of<Ans>(context, handler(context, std::move(request)));
  }
}

// A DescribeOperation.
template <class Req, class Ans>
void describe(const Route& route, base::Schemas& schemas, json::object& operation) {
  const base::described::Shape* answer = nullptr;
  if constexpr (!std::is_void_v<Ans> && !std::is_same_v<Ans, Response>) {
    answer = &base::described::ShapeOf<Ans>::kShape;
  }
  describe_operation(route, base::described::struct_of<Req>(), answer, schemas, operation);
}

}  // namespace endpoints

// Makes the route of a typed endpoint; see the top of this file.
template <class Req, class Ans, class Function>
Route endpoint(std::string_view method, std::string path, OperationFacts facts, Function handler) {
  Route route = raw_route(method, std::move(path), std::move(facts),
                          [handler = std::move(handler)](Context& context) {
                            context.status = context.route->facts.success;
                            return endpoints::run<Req, Ans>(context, handler);
                          });
  route.describe = &endpoints::describe<Req, Ans>;
  return route;
}

}  // namespace weft::http
