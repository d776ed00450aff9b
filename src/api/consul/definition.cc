#include "api/consul/definition.h"

#include "base/text.h"
#include "model/objects.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace weft::api::consul {
namespace {

// Source: contract/consul.md §2.1.
constexpr std::size_t kMetaPairsMax = 64;
constexpr std::size_t kMetaKeyBytesMax = 128;
constexpr std::size_t kMetaValueBytesMax = 512;
constexpr std::int64_t kWeightMax = 65'535;

bool is_meta_key(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return base::is_digit(c) || (base::ascii_lower(c) >= 'a' && base::ascii_lower(c) <= 'z') ||
           c == '_' || c == '-';
  });
}

Judged<void> check_meta(const json::object& meta, std::string_view whose) {
  if (meta.size() > kMetaPairsMax) {
    return refuse(400, fmt::format("Invalid {} Meta: Node metadata cannot contain more than {} "
                                   "key/value pairs",
                                   whose, kMetaPairsMax));
  }
  for (const auto& entry : meta) {
    const std::string_view key = entry.key();
    const std::string_view value = entry.value().get_string();
    std::string why;
    if (key.size() > kMetaKeyBytesMax) {
      why = fmt::format("Key is too long (limit: {} characters)", kMetaKeyBytesMax);
    } else if (!is_meta_key(key)) {
      why = "Key contains invalid characters";
    } else if (value.size() > kMetaValueBytesMax) {
      why = fmt::format("Value is too long (limit: {} characters)", kMetaValueBytesMax);
    }
    if (!why.empty()) {
      return refuse(
          400, fmt::format("Invalid {} Meta: Couldn't load metadata pair ('{}', '{}'): {}", whose,
                           key.substr(0, 64), value.substr(0, 64), why));
    }
  }
  return {};
}

Judged<void> read_port(Body& body, model::Instance& out) {
  std::int64_t port = 0;
  body.integer("Port", port);
  WEFT_TRY_VOID(body.judge());
  if (port < 0 || port > std::numeric_limits<std::uint32_t>::max()) {
    return refuse(400, fmt::format("Invalid service port: {}", port));
  }
  out.port = static_cast<std::uint32_t>(port);
  return {};
}

Judged<void> read_weights(const Body& body, model::Instance& out) {
  const json::value* given = body.find("Weights");
  if (given == nullptr) {
    return {};
  }
  Body weights(*given, "Weights");
  std::int64_t passing = 1;
  std::int64_t warning = 1;
  weights.integer("Passing", passing);
  weights.integer("Warning", warning);
  WEFT_TRY_VOID(weights.judge());
  if (passing < 1) {
    return refuse(400, "Invalid Weights: Passing must be greater than 0");
  }
  if (warning < 0) {
    return refuse(400, "Invalid Weights: Warning must be greater or equal than 0");
  }
  if (passing > kWeightMax || warning > kWeightMax) {
    return refuse(400, fmt::format("Invalid Weights: must be between 0 and {}", kWeightMax));
  }
  out.weight = static_cast<std::uint16_t>(passing);
  if (!out.details) {
    out.details.emplace();
  }
  out.details->weight_warning = static_cast<std::uint16_t>(warning);
  return {};
}

Judged<void> read_tagged_addresses(const Body& body, model::Instance& out) {
  const json::value* given = body.find("TaggedAddresses");
  if (given == nullptr) {
    return {};
  }
  const auto* object = given->if_object();
  if (object == nullptr) {
    return refuse(400, "Request decode error: 'TaggedAddresses' expected a map");
  }
  json::object addresses;
  for (const auto& entry : *object) {
    const std::string_view name = entry.key();
    Body one(entry.value(), fmt::format("TaggedAddresses[{}]", name));
    std::string address;
    std::int64_t port = 0;
    one.text("Address", address);
    one.integer("Port", port);
    WEFT_TRY_VOID(one.judge());
    addresses.emplace(name, json::object{{"Address", address}, {"Port", port}});
  }
  if (!addresses.empty()) {
    if (!out.details) {
      out.details.emplace();
    }
    out.details->tagged_addresses = std::move(addresses);
  }
  return {};
}

Judged<model::Instance> read_instance(Body& body) {
  model::Instance out;
  body.text("ID", out.id);
  body.text("Address", out.address);
  body.texts("Tags", out.tags);
  body.text_map("Meta", out.metadata);
  std::string kind;
  body.text("Kind", kind);
  bool tags_may_change = false;
  body.flag("EnableTagOverride", tags_may_change);
  WEFT_TRY_VOID(body.judge());
  if (!kind.empty()) {
    return refuse(400, "weft: service kind not supported");
  }
  WEFT_TRY_VOID(read_port(body, out));
  WEFT_TRY_VOID(check_meta(out.metadata, "Service"));
  WEFT_TRY_VOID(read_weights(body, out));
  WEFT_TRY_VOID(read_tagged_addresses(body, out));
  if (tags_may_change) {
    if (!out.details) {
      out.details.emplace();
    }
    out.details->tags_may_change = true;
  }
  return out;
}

// Checks without an id are called after the instance. Source: contract/consul.md §2.1.
void name_checks(std::vector<CheckDefinition>& checks, const std::string& instance) {
  const bool is_alone = checks.size() == 1;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (checks[i].spec.id.empty()) {
      checks[i].spec.id = is_alone ? fmt::format("service:{}", instance)
                                   : fmt::format("service:{}:{}", instance, i + 1);
    }
  }
}

bool is_empty_object(const json::value& value) {
  return value.is_null() || (value.is_object() && value.get_object().empty());
}

Judged<std::vector<CheckDefinition>> read_checks(const Body& body, CheckUse use, const Face& face) {
  std::vector<CheckDefinition> checks;
  if (const json::value* one = body.find("Check"); one != nullptr && !is_empty_object(*one)) {
    WEFT_TRY(CheckDefinition check, parse_check(*one, use, face));
    checks.push_back(std::move(check));
  }
  if (const json::value* list = body.find("Checks")) {
    const auto* array = list->if_array();
    if (array == nullptr) {
      return refuse(400, "Request decode error: 'Checks' expected a list");
    }
    for (const json::value& item : *array) {
      if (!is_empty_object(item)) {
        WEFT_TRY(CheckDefinition check, parse_check(item, use, face));
        checks.push_back(std::move(check));
      }
    }
  }
  return checks;
}

}  // namespace

template <class T>
Judged<void> check_rules(const T& object) {
  const base::FieldErrors errors = model::validate(model::Object(object));
  if (errors.empty()) {
    return {};
  }
  return refuse(400, fmt::format("Invalid {}: {}", errors.front().where(), errors.front().message));
}

template Judged<void> check_rules(const model::Instance& object);
template Judged<void> check_rules(const model::Node& object);
template Judged<void> check_rules(const model::KvEntry& object);
template Judged<void> check_rules(const model::Session& object);

Judged<ServiceDefinition> parse_service(const json::value& value, const Face& face) {
  Body body(value);
  WEFT_TRY_VOID(body.judge());
  ServiceDefinition out;
  WEFT_TRY(out.instance, read_instance(body));
  body.text("Name", out.instance.service);
  WEFT_TRY_VOID(body.judge());
  if (out.instance.service.empty()) {
    return refuse(400, "Missing service name");
  }
  if (out.instance.id.empty()) {
    out.instance.id = out.instance.service;
  }
  WEFT_TRY(out.checks, read_checks(body, CheckUse::kAgent, face));
  name_checks(out.checks, out.instance.id);
  return out;
}

Judged<model::Instance> parse_catalog_service(const json::value& value) {
  Body body(value, "Service");
  WEFT_TRY_VOID(body.judge());
  WEFT_TRY(model::Instance out, read_instance(body));
  body.text("Service", out.service);
  WEFT_TRY_VOID(body.judge());
  if (out.service.empty()) {
    return refuse(400, "Must provide service name (Service.Service)");
  }
  if (out.id.empty()) {
    out.id = out.service;
  }
  return out;
}

Judged<model::Node> parse_catalog_node(const Body& given) {
  Body body = given;
  model::Node node;
  body.text("Node", node.name);
  body.text("Address", node.address);
  body.text("ID", node.id);
  body.text_map("NodeMeta", node.metadata);
  body.text_map("TaggedAddresses", node.tagged_addresses);
  WEFT_TRY_VOID(body.judge());
  if (node.name.empty() || node.address.empty()) {
    return refuse(400, "Must provide node and address");
  }
  WEFT_TRY_VOID(check_meta(node.metadata, "Node"));
  return node;
}

}  // namespace weft::api::consul
