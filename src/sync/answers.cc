#include "sync/answers.h"

#include "base/hash.h"

#include <algorithm>
#include <utility>

namespace weft::sync {
namespace {

using base::Result;
using model::CheckStatus;

// Lifetime: of `object`.
std::string_view view_at(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains({key.data(), key.size()});
  const json::string* text = found != nullptr ? found->if_string() : nullptr;
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

std::string text_at(const json::object& object, std::string_view key) {
  return std::string(view_at(object, key));
}

const json::object& object_at(const json::object& object, std::string_view key) {
  static const json::object kNone;
  const json::value* found = object.if_contains({key.data(), key.size()});
  const json::object* inner = found != nullptr ? found->if_object() : nullptr;
  return inner != nullptr ? *inner : kNone;
}

const json::array& array_at(const json::object& object, std::string_view key) {
  static const json::array kNone;
  const json::value* found = object.if_contains({key.data(), key.size()});
  const json::array* inner = found != nullptr ? found->if_array() : nullptr;
  return inner != nullptr ? *inner : kNone;
}

std::int64_t integer_at(const json::object& object, std::string_view key, std::int64_t fallback) {
  const json::value* found = object.if_contains({key.data(), key.size()});
  const std::int64_t* number = found != nullptr ? found->if_int64() : nullptr;
  return number != nullptr ? *number : fallback;
}

// The entries whose values are text.
json::object texts_of(const json::object& object) {
  json::object out;
  for (const auto& entry : object) {
    if (entry.value().is_string()) {
      out.emplace(entry.key(), entry.value());
    }
  }
  return out;
}

std::vector<std::string> list_of(const json::array& array) {
  std::vector<std::string> out;
  for (const json::value& item : array) {
    if (const json::string* text = item.if_string()) {
      out.emplace_back(text->data(), text->size());
    }
  }
  return out;
}

json::object addresses_of(const json::object& object) {
  json::object out;
  for (const auto& entry : object) {
    const json::object* one = entry.value().if_object();
    if (one != nullptr) {
      out.emplace(entry.key(), json::object{{"Address", text_at(*one, "Address")},
                                            {"Port", integer_at(*one, "Port", 0)}});
    }
  }
  return out;
}

ToldCheck check_of(const json::object& object) {
  return {text_at(object, "CheckID"), text_at(object, "Name"), text_at(object, "Notes"),
          cut_text(view_at(object, "Output"), model::CheckState::kOutputBytesMax),
          status_of(view_at(object, "Status"))};
}

RemoteNode node_of(const json::object& object) {
  RemoteNode out;
  out.name = text_at(object, "Node");
  out.id = text_at(object, "ID");
  out.address = text_at(object, "Address");
  out.datacenter = text_at(object, "Datacenter");
  out.metadata = texts_of(object_at(object, "Meta"));
  out.tagged_addresses = texts_of(object_at(object, "TaggedAddresses"));
  return out;
}

RemoteInstance instance_of(const json::object& object) {
  RemoteInstance out;
  out.id = text_at(object, "ID");
  out.service = text_at(object, "Service");
  out.kind = text_at(object, "Kind");
  out.address = text_at(object, "Address");
  out.port = integer_at(object, "Port", 0);
  const json::object& weights = object_at(object, "Weights");
  out.weight_passing = integer_at(weights, "Passing", 1);
  out.weight_warning = integer_at(weights, "Warning", 1);
  out.tags = list_of(array_at(object, "Tags"));
  out.metadata = texts_of(object_at(object, "Meta"));
  out.tagged_addresses = addresses_of(object_at(object, "TaggedAddresses"));
  return out;
}

RemoteEntry entry_of(const json::object& object) {
  RemoteEntry out{node_of(object_at(object, "Node")), instance_of(object_at(object, "Service"))};
  for (const json::value& item : array_at(object, "Checks")) {
    if (const json::object* check = item.if_object()) {
      auto& checks = text_at(*check, "ServiceID").empty() ? out.node.checks : out.instance.checks;
      checks.push_back(check_of(*check));
    }
  }
  return out;
}

Result<json::value> parse_answer(std::string_view body) {
  return base::parse_json(body, {.bytes = kAnswerBytesMax});
}

Result<json::array> parse_list(std::string_view body) {
  WEFT_TRY(json::value answer, parse_answer(body));
  if (json::array* list = answer.if_array()) {
    return std::move(*list);
  }
  return base::fail(base::Code::kInvalid, "the answer is no list", base::Side::kBackend);
}

// One check's part of a digest. The sum over a list does not depend on its order.
std::uint64_t digest_of(const json::object& check) {
  std::uint64_t hash = 0;
  for (const std::string_view key :
       {"Node", "CheckID", "Name", "Status", "Notes", "Output", "ServiceID"}) {
    hash = base::hash64(view_at(check, key), hash + 1);
  }
  return hash;
}

}  // namespace

Result<std::vector<std::string>> parse_service_names(std::string_view body) {
  WEFT_TRY(const json::value answer, parse_answer(body));
  const json::object* names = answer.if_object();
  if (names == nullptr) {
    return base::fail(base::Code::kInvalid, "the answer is no object", base::Side::kBackend);
  }
  std::vector<std::string> out;
  out.reserve(names->size());
  for (const auto& entry : *names) {
    out.emplace_back(entry.key());
  }
  return out;
}

Result<CheckDigests> parse_check_digests(std::string_view body) {
  WEFT_TRY(const json::array list, parse_list(body));
  CheckDigests out;
  for (const json::value& item : list) {
    const json::object* check = item.if_object();
    if (check == nullptr) {
      continue;
    }
    const std::string service = text_at(*check, "ServiceName");
    auto& sum = service.empty() ? out.nodes[text_at(*check, "Node")] : out.services[service];
    sum += digest_of(*check);
  }
  return out;
}

Result<std::vector<RemoteEntry>> parse_entries(std::string_view body) {
  WEFT_TRY(const json::array list, parse_list(body));
  std::vector<RemoteEntry> out;
  out.reserve(list.size());
  for (const json::value& item : list) {
    const json::object* object = item.if_object();
    if (object == nullptr) {
      continue;
    }
    RemoteEntry entry = entry_of(*object);
    if (!entry.node.name.empty() && !entry.instance.id.empty() && !entry.instance.service.empty()) {
      out.push_back(std::move(entry));
    }
  }
  return out;
}

Result<NodeAnswer> parse_node(std::string_view body) {
  WEFT_TRY(const json::value answer, parse_answer(body));
  NodeAnswer out;
  const json::object* object = answer.if_object();
  if (object == nullptr) {  // null: there is none
    return out;
  }
  out.exists = true;
  for (const auto& entry : object_at(*object, "Services")) {
    const json::object* service = entry.value().if_object();
    if (service != nullptr) {
      out.instances.push_back(instance_of(*service));
    }
  }
  return out;
}

Result<std::vector<OwnedCheck>> parse_node_checks(std::string_view body) {
  WEFT_TRY(const json::array list, parse_list(body));
  std::vector<OwnedCheck> out;
  for (const json::value& item : list) {
    const json::object* check = item.if_object();
    if (check != nullptr) {
      out.push_back({text_at(*check, "ServiceID"), check_of(*check)});
    }
  }
  return out;
}

CheckStatus status_of(std::string_view text) {
  if (text == "passing") {
    return CheckStatus::kPassing;
  }
  return text == "warning" ? CheckStatus::kWarning : CheckStatus::kCritical;
}

std::string_view status_text(CheckStatus status) {
  switch (status) {
    case CheckStatus::kPassing:
      return "passing";
    case CheckStatus::kWarning:
      return "warning";
    case CheckStatus::kNone:
    case CheckStatus::kCritical:
      break;
  }
  return "critical";
}

std::string cut_text(std::string_view text, std::size_t bytes_max) {
  std::size_t bytes = std::min(text.size(), bytes_max);
  const auto goes_on = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U;
  };
  while (bytes > 0 && bytes < text.size() && goes_on(bytes)) {
    --bytes;
  }
  return std::string(text.substr(0, bytes));
}

}  // namespace weft::sync
