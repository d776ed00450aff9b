// The way back from the catalogue to a file; see catalog_file.h.
#include "base/text.h"
#include "cli/catalog_check.h"
#include "cli/catalog_file.h"
#include "cli/json_member.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace weft::cli {
namespace {

// A check without a definition of ours is one that nobody runs.
bool is_run(const json::value& check) {
  const json::value* definition = member(check, "Definition");
  return definition != nullptr && definition->is_object() && !definition->get_object().empty();
}

// Ids and names that a registration makes by itself are left to it.
json::object encode_check(const json::value& check) {
  json::object out;
  const std::string service = text_member(check, "ServiceID");
  const std::string id = text_member(check, "CheckID");
  if (id != "service:" + service && !id.starts_with("service:" + service + ":")) {
    out["check_id"] = id;
  }
  const std::string name = text_member(check, "Name");
  if (name != fmt::format("Service '{}' check", text_member(check, "ServiceName"))) {
    out["name"] = name;
  }
  if (const std::string notes = text_member(check, "Notes"); !notes.empty()) {
    out["notes"] = notes;
  }
  for (const auto& entry : check.at("Definition").get_object()) {
    const std::string_view word = file_word_of_check(entry.key());
    if (!word.empty()) {
      out[word] = entry.value();
    }
  }
  return out;
}

void add_meta(json::object& out, const json::value& service) {
  const json::value* given = member(service, "Meta");
  if (given == nullptr || !given->is_object()) {
    return;
  }
  json::object meta = given->get_object();
  meta.erase(kCatalogMeta);
  if (const std::string names = text_member(*given, kDependenciesMeta); !names.empty()) {
    json::array list;
    for (const std::string_view name : base::split(names, ',')) {
      list.emplace_back(name);
    }
    out["dependencies"] = std::move(list);
    meta.erase(kDependenciesMeta);
  }
  if (!meta.empty()) {
    out["meta"] = std::move(meta);
  }
}

void add_weights(json::object& out, const json::value& service) {
  const json::value* weights = member(service, "Weights");
  if (weights == nullptr) {
    return;
  }
  const std::uint64_t passing = number_member(*weights, "Passing").value_or(1);
  const std::uint64_t warning = number_member(*weights, "Warning").value_or(1);
  if (passing != 1 || warning != 1) {
    out["weights"] = json::object{{"passing", passing}, {"warning", warning}};
  }
}

json::object encode_service(const json::value& service, json::array checks) {
  json::object out{{"id", text_member(service, "ID")}, {"name", text_member(service, "Service")}};
  if (const std::string address = text_member(service, "Address"); !address.empty()) {
    out["address"] = address;
  }
  if (const auto port = number_member(service, "Port"); port.value_or(0) > 0) {
    out["port"] = *port;
  }
  if (const auto tags = texts_member(service, "Tags"); !tags.empty()) {
    out["tags"] = json::array(tags.begin(), tags.end());
  }
  add_meta(out, service);
  if (checks.size() == 1) {
    out["check"] = std::move(checks.front());
  } else if (!checks.empty()) {
    out["checks"] = std::move(checks);
  }
  add_weights(out, service);
  const json::value* addresses = member(service, "TaggedAddresses");
  if (addresses != nullptr && addresses->is_object() && !addresses->get_object().empty()) {
    out["tagged_addresses"] = *addresses;
  }
  if (const json::value* may_change = member(service, "EnableTagOverride");
      may_change != nullptr && *may_change == json::value(true)) {
    out["enable_tag_override"] = true;
  }
  return out;
}

}  // namespace

json::object encode_catalog_file(const json::value& services, const json::value& checks) {
  std::map<std::string, json::array> checks_of;
  if (const auto* list = checks.if_array()) {
    for (const json::value& check : *list) {
      if (is_run(check)) {
        checks_of[text_member(check, "ServiceID")].push_back(encode_check(check));
      }
    }
  }
  std::map<std::string, json::object> by_id;
  if (const auto* all = services.if_object()) {
    for (const auto& entry : *all) {
      const std::string id(entry.key());
      by_id[id] = encode_service(entry.value(), std::move(checks_of[id]));
    }
  }
  json::array list;
  for (auto& [id, service] : by_id) {
    list.push_back(std::move(service));
  }
  return {{"services", std::move(list)}};
}

}  // namespace weft::cli
