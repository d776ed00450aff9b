#include "cli/catalog_file.h"

#include "base/address.h"
#include "base/text.h"
#include "cli/catalog_check.h"
#include "cli/file_members.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace weft::cli {
namespace {

// Source: contract/consul.md §2.1; two entries are for us.
constexpr std::size_t kMetaEntriesMax = 62;
constexpr std::size_t kMetaKeyBytesMax = 128;
constexpr std::size_t kMetaValueBytesMax = 512;
constexpr std::uint64_t kPortMax = 65'535;
constexpr std::uint64_t kWeightMax = 65'535;

bool is_meta_key(std::string_view key) {
  return !key.empty() && key.size() <= kMetaKeyBytesMax && std::ranges::all_of(key, [](char c) {
    const char lower = base::ascii_lower(c);
    return base::is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '_' || c == '-';
  });
}

void read_meta(FileMembers& members, json::object& body) {
  const auto meta = members.text_map("meta");
  if (!meta) {
    return;
  }
  if (meta->size() > kMetaEntriesMax) {
    members.problem("meta", fmt::format("at most {} entries", kMetaEntriesMax));
  }
  for (const auto& entry : *meta) {
    if (!is_meta_key(entry.key())) {
      members.problem("meta", fmt::format("'{}': a key is 1 to {} of A-Z, a-z, 0-9, _ and -",
                                          std::string_view(entry.key()), kMetaKeyBytesMax));
    } else if (entry.value().get_string().size() > kMetaValueBytesMax) {
      members.problem("meta", fmt::format("'{}': at most {} bytes", std::string_view(entry.key()),
                                          kMetaValueBytesMax));
    }
  }
  body["Meta"] = *meta;
}

// Kept in the metadata until there is a graph to put them into.
void read_dependencies(FileMembers& members, json::object& body) {
  const auto names = members.texts("dependencies");
  if (!names || names->empty()) {
    return;
  }
  const bool is_list_of_names = std::ranges::all_of(*names, [](const std::string& name) {
    return !name.empty() && name.find(',') == std::string::npos;
  });
  const std::string joined = fmt::format("{}", fmt::join(*names, ","));
  if (!is_list_of_names) {
    members.problem("dependencies", "expected names of services, without commas");
  } else if (joined.size() > kMetaValueBytesMax) {
    members.problem("dependencies", fmt::format("at most {} bytes together", kMetaValueBytesMax));
  } else {
    json::value& meta = body["Meta"];
    if (!meta.is_object()) {
      meta = json::object();
    }
    meta.get_object()[kDependenciesMeta] = joined;
  }
}

void read_weights(FileMembers& members, FileNotes& notes, json::object& body) {
  const json::object* given = members.object("weights");
  if (given == nullptr) {
    return;
  }
  FileMembers weights(*given, members.place_of("weights"), notes);
  json::object out;
  if (const auto passing = weights.number("passing", 1, kWeightMax)) {
    out["Passing"] = *passing;
  }
  if (const auto warning = weights.number("warning", 0, kWeightMax)) {
    out["Warning"] = *warning;
  }
  weights.warn_of_unknown();
  body["Weights"] = std::move(out);
}

// They are Consul's as they are; the node judges them.
void read_tagged_addresses(FileMembers& members, json::object& body) {
  if (const json::object* given = members.object("tagged_addresses")) {
    body["TaggedAddresses"] = *given;
  }
}

void read_checks_of(FileMembers& members, FileNotes& notes, CatalogService& service) {
  const CheckPlace at{service.body};
  json::array checks;
  const auto add = [&](const json::object& given, std::string place) {
    if (!given.empty()) {
      checks.push_back(read_catalog_check(given, std::move(place), at, notes));
    }
  };
  if (const json::object* one = members.object("check")) {
    add(*one, members.place_of("check"));
  }
  if (const json::array* list = members.list("checks")) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      std::string place = fmt::format("{}[{}]", members.place_of("checks"), i);
      if (const auto* given = (*list)[i].if_object()) {
        add(*given, std::move(place));
      } else {
        notes.problems.push_back(place + ": expected an object");
      }
    }
  }
  if (!checks.empty()) {
    service.body["Checks"] = std::move(checks);
  }
}

void read_identity(FileMembers& members, CatalogService& service) {
  service.name = members.text("name").value_or("");
  if (service.name.empty() && members.find("name") == nullptr) {
    members.problem("name", "missing: what the service is called");
  } else if (service.name.empty() && members.find("name")->is_string()) {
    members.problem("name", "a name has at least one character");
  }
  const auto id = members.text("id");
  if (id && id->empty()) {
    members.problem("id", "an id has at least one character");
  }
  service.id = id && !id->empty() ? *id : service.name;
  service.body["ID"] = service.id;
  service.body["Name"] = service.name;
  if (const auto address = members.text("address")) {
    service.body["Address"] = *address;
  }
  if (const auto port = members.number("port", 0, kPortMax)) {
    service.body["Port"] = *port;
  }
  if (const auto tags = members.texts("tags")) {
    service.body["Tags"] = json::array(tags->begin(), tags->end());
  }
  if (const auto may_change = members.flag("enable_tag_override")) {
    service.body["EnableTagOverride"] = *may_change;
  }
}

CatalogService read_service(const json::value& value, const std::string& place, CatalogFile& file) {
  CatalogService service;
  FileNotes notes;
  if (const auto* object = value.if_object()) {
    FileMembers members(*object, place, notes);
    read_identity(members, service);
    read_meta(members, service.body);
    read_dependencies(members, service.body);
    read_weights(members, notes, service.body);
    read_tagged_addresses(members, service.body);
    read_checks_of(members, notes, service);
    members.warn_of_unknown();
  } else {
    notes.problems.push_back(place + ": expected an object");
  }
  service.problems = std::move(notes.problems);
  std::ranges::move(notes.warnings, std::back_inserter(file.warnings));
  return service;
}

void refuse_twins(CatalogFile& file) {
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < file.services.size(); ++i) {
    CatalogService& service = file.services[i];
    if (service.id.empty()) {
      continue;
    }
    const auto [first, is_new] = seen.emplace(service.id, i);
    if (!is_new) {
      service.problems.push_back(fmt::format("services[{}].id: '{}' is services[{}]'s already", i,
                                             service.id, first->second));
    }
  }
}

}  // namespace

std::size_t CatalogFile::problem_count() const {
  std::size_t count = 0;
  for (const CatalogService& service : services) {
    count += service.problems.size();
  }
  return count;
}

std::expected<CatalogFile, std::string> parse_catalog(const json::value& value) {
  constexpr const char* kShape = "expected {\"services\": [{\"name\": ...}, ...]}";
  const auto* object = value.if_object();
  if (object == nullptr) {
    return std::unexpected(kShape);
  }
  FileNotes notes;
  FileMembers members(*object, "", notes);
  const json::value* list = members.find("services");
  if (list == nullptr || !list->is_array()) {
    return std::unexpected(kShape);
  }
  CatalogFile file;
  for (std::size_t i = 0; i < list->get_array().size(); ++i) {
    file.services.push_back(
        read_service(list->get_array()[i], fmt::format("services[{}]", i), file));
  }
  members.warn_of_unknown();
  std::ranges::move(notes.warnings, std::back_inserter(file.warnings));
  refuse_twins(file);
  return file;
}

}  // namespace weft::cli
