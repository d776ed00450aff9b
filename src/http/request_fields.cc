#include "http/request_fields.h"

#include <algorithm>

namespace weft::http {
namespace {

Problem bad_json(const base::Error& error) {
  Problem problem{ProblemKind::kBadJson, 422, error, error.what};
  problem.fields.push_back({"body", {}, base::FieldProblem::kBadJson, error.what});
  return problem;
}

Problem bad_query(const base::Error& error) {
  return {ProblemKind::kTransport, 400, error, error.what};
}

base::DecodeOptions text_from(std::string_view source) {
  return {.scalars = base::Scalars::kText, .source = source};
}

json::value query_value(const QueryPair& pair, QueryShape shape) {
  if (shape == QueryShape::kFlag && pair.value.empty()) {
    return true;
  }
  return json::value(pair.value);
}

bool has_name(const base::Field& field, std::string_view name) {
  return name == field.member || (!name.empty() && name == field.alias_name);
}

}  // namespace

RequestFields::RequestFields(const Context& context)
    : context_(context),
      path_errors_(text_from("path")),
      query_errors_(text_from("query")),
      body_errors_({.unknown = context.style->unknown_fields()}) {
  for (const auto& [name, value] : context.parameters) {
    path_.emplace(name, value);
  }
  if (auto query = Query::parse(context.request.query)) {
    query_ = *std::move(query);
  } else {
    problem_ = bad_query(query.error());
    return;
  }
  if (context.request.body.empty()) {
    return;
  }
  if (auto body = base::parse_json(context.request.body, context.json)) {
    body_ = *std::move(body);
    has_body_ = true;
  } else {
    if (context.reached != nullptr && body.error().code == base::Code::kLimit) {
      context.reached->reached(base::Limit::kJsonDepth);
    }
    problem_ = bad_json(body.error());
  }
}

json::object RequestFields::query(const base::Field& field, QueryShape shape) const {
  json::object object;
  json::array list;
  for (const QueryPair& pair : query_.pairs()) {
    if (pair.name != field.member && (pair.name != field.alias_name || pair.name.empty())) {
      continue;
    }
    if (shape == QueryShape::kList) {
      list.emplace_back(pair.value);
      object[field.member] = list;
    } else {
      object[field.member] = query_value(pair, shape);  // of several the last one counts
    }
  }
  return object;
}

const json::object* RequestFields::body() {
  static const json::object kNone;
  if (!has_body_) {
    return &kNone;
  }
  if (body_.is_object()) {
    return &body_.get_object();
  }
  if (!is_body_refused_) {
    body_errors_.refuse(base::FieldProblem::kNotObject, "must be an object");
    is_body_refused_ = true;
  }
  return nullptr;
}

FieldPlace RequestFields::place(const base::Field& field) const {
  const FieldPlace place = place_of(field, *context_.route);
  if (place != FieldPlace::kQueryOrBody) {
    return place;
  }
  const bool in_query =
      query_.has(field.member) || (!field.alias_name.empty() && query_.has(field.alias_name));
  return in_query || !has_body_ ? FieldPlace::kQuery : FieldPlace::kBody;
}

void RequestFields::refuse_unknown(std::span<const base::described::Member> fields) {
  if (context_.style->unknown_fields() == base::UnknownFields::kIgnore) {
    return;
  }
  const json::object* members = body();
  if (members == nullptr) {
    return;
  }
  for (const auto& member : *members) {
    const std::string_view name(member.key().data(), member.key().size());
    const bool is_known = std::ranges::any_of(
        fields, [&](const base::described::Member& each) { return has_name(each.facts, name); });
    if (!is_known) {
      body_errors_.refuse_member(name, base::FieldProblem::kUnknown, "unknown field");
    }
  }
}

void RequestFields::refuse_unknown_query(std::span<const base::described::Member> fields) {
  if (context_.route->facts.unknown_query == base::UnknownFields::kIgnore) {
    return;
  }
  for (const QueryPair& pair : query_.pairs()) {
    const bool is_known = std::ranges::any_of(fields, [&](const base::described::Member& each) {
      const FieldPlace place = place_of(each.facts, *context_.route);
      return (place == FieldPlace::kQuery || place == FieldPlace::kQueryOrBody) &&
             has_name(each.facts, pair.name);
    });
    if (!is_known) {
      query_errors_.refuse_member(pair.name, base::FieldProblem::kUnknown, "unknown parameter");
    }
  }
}

base::FieldErrors RequestFields::take_errors() {
  base::FieldErrors errors = path_errors_.take_errors();
  for (base::Decoding* decoding : {&query_errors_, &body_errors_}) {
    for (base::FieldError& error : decoding->take_errors()) {
      errors.push_back(std::move(error));
    }
  }
  return errors;
}

}  // namespace weft::http
