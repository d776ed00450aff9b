#include "http/endpoint.h"

#include "http/operation.h"
#include "http/request_fields.h"
#include "http/status.h"

#include <algorithm>

namespace weft::http {

namespace described = base::described;

namespace {

QueryShape query_shape(const described::Shape& shape) {
  return shape.kind == described::ShapeKind::kList   ? QueryShape::kList
         : shape.kind == described::ShapeKind::kFlag ? QueryShape::kFlag
                                                     : QueryShape::kScalar;
}

void decode_whole_body(RequestFields& fields, void* request, const described::Member& member) {
  if (const json::value* body = fields.whole_body()) {
    member.shape->decode(*body, member.in(request), described::Rules{member.facts},
                         fields.body_errors());
  } else if (member.facts.is_required) {
    fields.body_errors().refuse(base::FieldProblem::kMissing, "body required");
  }
}

void decode_field(RequestFields& fields, void* request, const described::Member& member) {
  switch (fields.place(member.facts)) {
    case FieldPlace::kPath:
      described::decode_member(fields.path(), request, member, fields.path_errors());
      break;
    case FieldPlace::kQuery:
    case FieldPlace::kQueryOrBody:
      described::decode_member(fields.query(member.facts, query_shape(*member.shape)), request,
                               member, fields.query_errors());
      break;
    case FieldPlace::kBody:
      if (const json::object* body = fields.body()) {
        described::decode_member(*body, request, member, fields.body_errors());
      }
      break;
    case FieldPlace::kWholeBody:
      decode_whole_body(fields, request, member);
      break;
  }
}

base::FieldErrors decode_fields(RequestFields& fields, void* request,
                                const described::Struct& type) {
  bool is_whole = false;
  for (const described::Member& member : type.members) {
    decode_field(fields, request, member);
    is_whole |= member.facts.source == base::FieldSource::kWholeBody;
  }
  if (!is_whole) {
    fields.refuse_unknown(type.members);
  }
  fields.refuse_unknown_query(type.members);
  if (!fields.is_body_refused()) {
    described::run_rules(request, type, fields.body_errors());
  }
  return fields.take_errors();
}

// The schema of the fields that travel in the body: the type itself when all of them do.
json::object body_schema(const Route& route, const described::Struct& type,
                         base::Schemas& schemas) {
  json::object whole;
  json::object properties;
  json::array required;
  bool is_mixed = false;
  for (const described::Member& member : type.members) {
    const FieldPlace place = place_of(member.facts, route);
    if (place == FieldPlace::kWholeBody) {
      whole = described::with_facts(member.shape->schema(schemas), member.facts);
    } else if (place == FieldPlace::kBody || place == FieldPlace::kQueryOrBody) {
      properties[member.name()] = described::member_schema(member, type, schemas);
      if (member.facts.is_required) {
        required.emplace_back(member.name());
      }
    }
    is_mixed |= place != FieldPlace::kBody;
  }
  if (!whole.empty() || properties.empty()) {
    return whole;
  }
  if (!is_mixed) {
    return described::struct_schema(type, schemas);
  }
  json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) {
    schema["required"] = std::move(required);
  }
  return schema;
}

bool is_body_required(const Route& route, const described::Struct& type) {
  return std::ranges::any_of(type.members, [&](const described::Member& member) {
    const FieldPlace place = place_of(member.facts, route);
    return member.facts.is_required &&
           (place == FieldPlace::kBody || place == FieldPlace::kWholeBody);
  });
}

}  // namespace

Response answer_error(const Context& context, const base::Error& error) {
  const int status = context.refused_status != 0 ? context.refused_status : status_of(error.code);
  Problem problem{ProblemKind::kRefused, status, error, context.detail};
  if (!context.fields.empty()) {
    problem.kind = ProblemKind::kBadFields;
    problem.fields = context.fields;
  }
  Response response = context.style->answer_problem(problem, &context.request);
  if (response.status == 503 && error.retry == base::Retry::kSafe) {
    response.headers.set("Retry-After", "1");  // seconds
  }
  return response;
}

std::optional<Problem> endpoints::decode_request(const Context& context, void* request,
                                                 const described::Struct& type) {
  RequestFields fields(context);
  if (const std::optional<Problem>& problem = fields.problem()) {
    return problem;
  }
  base::FieldErrors errors = decode_fields(fields, request, type);
  if (errors.empty()) {
    return std::nullopt;
  }
  Problem problem{ProblemKind::kBadFields, 422, {}, "Validation failed"};
  problem.error.code = base::Code::kInvalid;
  problem.fields = std::move(errors);
  return problem;
}

void endpoints::describe_operation(const Route& route, const described::Struct& request,
                                   const described::Shape* answer, base::Schemas& schemas,
                                   json::object& operation) {
  for (const described::Member& member : request.members) {
    const FieldPlace place = place_of(member.facts, route);
    if (place == FieldPlace::kPath || place == FieldPlace::kQuery ||
        place == FieldPlace::kQueryOrBody) {
      add_parameter(operation, member.facts, place,
                    described::member_schema(member, request, schemas));
    }
  }
  if (json::object schema = body_schema(route, request, schemas); !schema.empty()) {
    add_body(operation, std::move(schema), is_body_required(route, request));
  }
  add_success(operation, route, answer == nullptr ? json::object() : answer->schema(schemas));
  add_errors(operation, route, !request.members.empty());
}

}  // namespace weft::http
