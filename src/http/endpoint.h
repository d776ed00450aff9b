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

#include "base/described_encode.h"
#include "http/request_fields.h"
#include "http/route.h"

#include <type_traits>
#include <utility>
#include <vector>

namespace weft::http {

// A request without fields.
struct Nothing {};
BOOST_DESCRIBE_STRUCT(Nothing, (), ())

// The answer to a handler's error, in the family's style.
Response answer_error(const Context& context, const base::Error& error);
// The parts of an operation that do not depend on types; used by describe_endpoint().
void add_parameter(json::object& operation, const base::Field& field, FieldPlace place,
                   json::object schema);
void add_body(json::object& operation, json::object schema, bool is_required);
void add_success(json::object& operation, const Route& route, json::object schema);
void add_errors(json::object& operation, const Route& route, bool has_fields);

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

template <class T>
constexpr QueryShape query_shape() {
  if constexpr (base::described::kIsList<T>) {
    return QueryShape::kList;
  } else {
    return std::is_same_v<T, bool> ? QueryShape::kFlag : QueryShape::kScalar;
  }
}

template <class Req, class Member>
void decode_field(RequestFields& fields, Req& out, Member member) {
  namespace described = base::described;
  static constexpr base::Field kFacts = described::facts_of<Req>(Member::name);
  using Value = std::remove_cvref_t<decltype(out.*member.pointer)>;
  switch (fields.place(kFacts)) {
    case FieldPlace::kPath:
      described::decode_member(fields.path(), out, member, fields.path_errors());
      break;
    case FieldPlace::kQuery:
    case FieldPlace::kQueryOrBody:
      described::decode_member(fields.query(kFacts, query_shape<Value>()), out, member,
                               fields.query_errors());
      break;
    case FieldPlace::kBody:
      if (const json::object* body = fields.body()) {
        described::decode_member(*body, out, member, fields.body_errors());
      }
      break;
    case FieldPlace::kWholeBody:
      if (const json::value* body = fields.whole_body()) {
        described::decode_value(*body, out.*member.pointer, described::Rules{kFacts},
                                fields.body_errors());
      } else if (kFacts.is_required) {
        fields.body_errors().refuse(base::FieldProblem::kMissing, "body required");
      }
      break;
  }
}

template <class Req>
base::FieldErrors decode_fields(RequestFields& fields, Req& out) {
  std::vector<base::Field> all_fields;
  bool is_whole = false;
  boost::mp11::mp_for_each<base::described::Members<Req>>([&](auto member) {
    const base::Field facts = base::described::facts_of<Req>(member.name);
    decode_field(fields, out, member);
    is_whole |= facts.source == base::FieldSource::kWholeBody;
    all_fields.push_back(facts);
  });
  if (!is_whole) {
    fields.refuse_unknown(all_fields);
  }
  fields.refuse_unknown_query(all_fields);
  if (!fields.is_body_refused()) {
    base::described::run_rules(out, fields.body_errors());
  }
  return fields.take_errors();
}

template <class Req>
std::expected<Req, Problem> decode_request(const Context& context) {
  RequestFields fields(context);
  if (const std::optional<Problem>& problem = fields.problem()) {
    return std::unexpected(*problem);
  }
  Req request{};
  base::FieldErrors errors = decode_fields(fields, request);
  if (!errors.empty()) {
    Problem problem{ProblemKind::kBadFields, 422, {}, "Validation failed"};
    problem.error.code = base::Code::kInvalid;
    problem.fields = std::move(errors);
    return std::unexpected(std::move(problem));
  }
  return request;
}

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
  auto request = decode_request<Req>(context);
  if (!request) {
    co_return context.style->answer_problem(request.error(), &context.request);
  }
  using Returned = std::invoke_result_t<const Function&, Context&, Req>;
  if constexpr (kIsTask<Returned>) {
    base::Result<Ans> result = co_await handler(context, std::move(*request));
    co_return answer_of<Ans>(context, std::move(result));
  } else {
    co_return answer_of<Ans>(context, handler(context, std::move(*request)));
  }
}

// The schema of the fields that travel in the body: the type itself when all of them do.
template <class Req>
json::object body_schema(const Route& route, base::Schemas& schemas) {
  namespace described = base::described;
  const Req defaults{};
  json::object whole;
  json::object properties;
  json::array required;
  bool is_mixed = false;
  boost::mp11::mp_for_each<described::Members<Req>>([&](auto member) {
    const base::Field facts = described::facts_of<Req>(member.name);
    const FieldPlace place = place_of(facts, route);
    if (place == FieldPlace::kWholeBody) {
      whole = described::with_facts(
          base::schema_of<std::remove_cvref_t<decltype(defaults.*member.pointer)>>(schemas), facts);
    } else if (place == FieldPlace::kBody || place == FieldPlace::kQueryOrBody) {
      properties[member.name] = described::member_schema(member, defaults, schemas);
      if (facts.is_required) {
        required.emplace_back(member.name);
      }
    }
    is_mixed |= place != FieldPlace::kBody;
  });
  if (!whole.empty() || properties.empty()) {
    return whole;
  }
  if (!is_mixed) {
    return base::schema_of<Req>(schemas);
  }
  json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) {
    schema["required"] = std::move(required);
  }
  return schema;
}

template <class Req>
bool is_body_required(const Route& route) {
  bool is_required = false;
  boost::mp11::mp_for_each<base::described::Members<Req>>([&](auto member) {
    const base::Field facts = base::described::facts_of<Req>(member.name);
    const FieldPlace place = place_of(facts, route);
    is_required |=
        facts.is_required && (place == FieldPlace::kBody || place == FieldPlace::kWholeBody);
  });
  return is_required;
}

// Adds the operation's parameters, body and answers. A DescribeOperation.
template <class Req, class Ans>
void describe(const Route& route, base::Schemas& schemas, json::object& operation) {
  const Req defaults{};
  boost::mp11::mp_for_each<base::described::Members<Req>>([&](auto member) {
    const base::Field facts = base::described::facts_of<Req>(member.name);
    const FieldPlace place = place_of(facts, route);
    if (place == FieldPlace::kPath || place == FieldPlace::kQuery ||
        place == FieldPlace::kQueryOrBody) {
      add_parameter(operation, facts, place,
                    base::described::member_schema(member, defaults, schemas));
    }
  });
  if (json::object schema = body_schema<Req>(route, schemas); !schema.empty()) {
    add_body(operation, std::move(schema), is_body_required<Req>(route));
  }
  if constexpr (std::is_void_v<Ans> || std::is_same_v<Ans, Response>) {
    add_success(operation, route, {});
  } else {
    add_success(operation, route, base::schema_of<Ans>(schemas));
  }
  add_errors(operation, route, boost::mp11::mp_size<base::described::Members<Req>>::value > 0);
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
