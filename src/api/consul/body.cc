#include "api/consul/body.h"

#include "api/consul/asked.h"
#include "base/text.h"

#include <fmt/format.h>

#include <utility>

namespace weft::api::consul {
namespace {

// Go's names of JSON's kinds.
std::string_view kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "nil";
    case json::kind::bool_:
      return "bool";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return "float64";
    case json::kind::string:
      return "string";
    case json::kind::array:
      return "[]interface {}";
    case json::kind::object:
      return "map[string]interface {}";
  }
  return "?";
}

}  // namespace

std::string Body::normal(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (const char c : name) {
    if (c != '_') {
      out += base::ascii_lower(c);
    }
  }
  return out;
}

Body::Body(const json::value& value, std::string where) : where_(std::move(where)) {
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      if (!member.value().is_null()) {
        members_.insert_or_assign(normal(member.key()), &member.value());
      }
    }
  } else if (!value.is_null()) {
    fail(fmt::format("'{}' expected a map, got '{}'", where_, kind_of(value)));
  }
}

const json::value* Body::find(std::string_view name) const {
  const auto found = members_.find(normal(name));
  return found == members_.end() ? nullptr : found->second;
}

void Body::fail(std::string text) {
  if (error_.empty()) {
    error_ = std::move(text);
  }
}

void Body::mismatch(std::string_view name, std::string_view expected, const json::value& got) {
  fail(fmt::format("'{}{}{}' expected type '{}', got unconvertible type '{}'", where_,
                   where_.empty() ? "" : ".", name, expected, kind_of(got)));
}

Judged<void> Body::judge() const {
  return error_.empty() ? Judged<void>() : refuse(400, "Request decode error: " + error_);
}

void Body::text(std::string_view name, std::string& out) {
  if (const json::value* value = find(name)) {
    if (const auto* string = value->if_string()) {
      out = *string;
    } else {
      mismatch(name, "string", *value);
    }
  }
}

void Body::flag(std::string_view name, bool& out) {
  if (const json::value* value = find(name)) {
    if (const bool* flag = value->if_bool()) {
      out = *flag;
    } else {
      mismatch(name, "bool", *value);
    }
  }
}

void Body::integer(std::string_view name, std::int64_t& out) {
  if (const json::value* value = find(name)) {
    if (const auto* number = value->if_int64()) {
      out = *number;
    } else {
      mismatch(name, "int", *value);
    }
  }
}

void Body::unsigned_integer(std::string_view name, std::uint64_t& out) {
  if (const json::value* value = find(name)) {
    if (const auto* number = value->if_uint64()) {
      out = *number;
    } else if (const auto* small = value->if_int64(); small != nullptr && *small >= 0) {
      out = static_cast<std::uint64_t>(*small);
    } else {
      mismatch(name, "uint64", *value);
    }
  }
}

void Body::duration(std::string_view name, base::Nanos& out) {
  const json::value* value = find(name);
  if (value == nullptr) {
    return;
  }
  if (const auto* string = value->if_string()) {
    if (string->empty()) {
      return;
    }
    const auto parsed = parse_go_duration(*string);
    if (!parsed) {
      fail(parsed.error().text);
      return;
    }
    out = *parsed;
  } else if (const auto* nanos = value->if_int64()) {
    if (*nanos < 0) {
      fail(fmt::format("time: negative duration {}", *nanos));
      return;
    }
    out = base::Nanos(*nanos);
  } else {
    mismatch(name, "time.Duration", *value);
  }
}

void Body::texts(std::string_view name, std::vector<std::string>& out) {
  const json::value* value = find(name);
  if (value == nullptr) {
    return;
  }
  const auto* list = value->if_array();
  if (list == nullptr) {
    mismatch(name, "[]string", *value);
    return;
  }
  out.clear();
  for (const json::value& item : *list) {
    const auto* string = item.if_string();
    if (string == nullptr) {
      mismatch(name, "[]string", item);
      return;
    }
    out.emplace_back(*string);
  }
}

void Body::text_map(std::string_view name, json::object& out) {
  const json::value* value = find(name);
  if (value == nullptr) {
    return;
  }
  const auto* object = value->if_object();
  if (object == nullptr) {
    mismatch(name, "map[string]string", *value);
    return;
  }
  for (const auto& entry : *object) {
    if (!entry.value().is_string()) {
      mismatch(fmt::format("{}[{}]", name, std::string_view(entry.key())), "string", entry.value());
      return;
    }
  }
  out = *object;
}

}  // namespace weft::api::consul
