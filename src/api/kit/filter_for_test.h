// What filters are tried on: answers of Consul's API, and a type with a field of every kind.
#pragma once

#include "api/kit/filter.h"
#include "base/json.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::api::kit {

using TextsForFilter = std::vector<std::string>;
using TextMapForFilter = std::map<std::string, std::string>;

struct AddressForFilter {
  std::string address{};
  std::uint16_t port = 0;
};
inline constexpr auto kAddressForFilter = filter_shape(
    filter_field("Address",
                 [](const AddressForFilter& a) -> std::string_view { return a.address; }),
    filter_field("Port", [](const AddressForFilter& a) { return a.port; }));

struct WeightsForFilter {
  int passing = 1;
  int warning = 1;
};
inline constexpr auto kWeightsForFilter =
    filter_shape(filter_field("Passing", [](const WeightsForFilter& w) { return w.passing; }),
                 filter_field("Warning", [](const WeightsForFilter& w) { return w.warning; }));

// Source of the fields of these three: contract/consul.md §2 to §4.
struct ServiceForFilter {
  std::string id{};
  std::string service{};
  TextsForFilter tags{};
  json::object meta{};
  std::uint32_t port = 0;
  std::map<std::string, AddressForFilter> tagged_addresses{};
  WeightsForFilter weights{};
  bool enable_tag_override = false;
};
inline constexpr auto kServiceForFilter = filter_shape(
    filter_field("ID", [](const ServiceForFilter& s) -> const std::string& { return s.id; }),
    filter_field("Service",
                 [](const ServiceForFilter& s) -> const std::string& { return s.service; }),
    filter_field("Tags", [](const ServiceForFilter& s) -> const TextsForFilter& { return s.tags; }),
    filter_field("Meta", [](const ServiceForFilter& s) -> const json::object& { return s.meta; }),
    filter_field("Port", [](const ServiceForFilter& s) { return s.port; }),
    filter_field<kAddressForFilter>(
        "TaggedAddresses",
        [](const ServiceForFilter& s) -> const auto& { return s.tagged_addresses; }),
    filter_field<kWeightsForFilter>("Weights", [](const ServiceForFilter& s) { return s.weights; }),
    filter_field("EnableTagOverride",
                 [](const ServiceForFilter& s) { return s.enable_tag_override; }));

struct CheckForFilter {
  std::string id{};
  std::string status{};
  TextsForFilter service_tags{};
};
inline constexpr auto kCheckForFilter = filter_shape(
    filter_field("CheckID", [](const CheckForFilter& c) -> std::string_view { return c.id; }),
    filter_field("Status", [](const CheckForFilter& c) { return c.status; }),
    filter_field("ServiceTags",
                 [](const CheckForFilter& c) -> const auto& { return c.service_tags; }));

// An entry of /v1/health/service/:name.
struct EntryForFilter {
  const ServiceForFilter* service = nullptr;
  std::vector<std::shared_ptr<const CheckForFilter>> checks{};
};
inline constexpr auto kEntryForFilter = filter_shape(
    filter_field<kServiceForFilter>("Service", [](const EntryForFilter& e) { return e.service; }),
    filter_field<kCheckForFilter>("Checks",
                                  [](const EntryForFilter& e) -> const auto& { return e.checks; }));

// Made to have every kind of field.
struct OddForFilter {
  std::string text{};
  std::int64_t number = 0;
  bool flag = false;
  TextsForFilter list{};
  std::vector<int> ints{};
  std::vector<bool> bools{};
  std::vector<WeightsForFilter> rows{};
  std::vector<EntryForFilter> deep{};
  TextMapForFilter map{};
  std::map<std::string, int> counts{};
  std::map<std::string, bool> flags{};
  std::map<std::string, TextsForFilter> lists{};
  std::map<std::string, TextMapForFilter> nested{};
  std::map<std::string, AddressForFilter> addrs{};
  json::object any{};
  WeightsForFilter box{};
};
inline constexpr auto kOddForFilter = filter_shape(
    filter_field("Text", [](const OddForFilter& o) -> const std::string& { return o.text; }),
    filter_field("Int", [](const OddForFilter& o) { return o.number; }),
    filter_field("Flag", [](const OddForFilter& o) { return o.flag; }),
    filter_field("List", [](const OddForFilter& o) -> const auto& { return o.list; }),
    filter_field("Ints", [](const OddForFilter& o) -> const auto& { return o.ints; }),
    filter_field("Bools", [](const OddForFilter& o) -> const auto& { return o.bools; }),
    filter_field<kWeightsForFilter>("Rows",
                                    [](const OddForFilter& o) -> const auto& { return o.rows; }),
    filter_field<kEntryForFilter>("Deep",
                                  [](const OddForFilter& o) -> const auto& { return o.deep; }),
    filter_field("Map", [](const OddForFilter& o) -> const auto& { return o.map; }),
    filter_field("Counts", [](const OddForFilter& o) -> const auto& { return o.counts; }),
    filter_field("Flags", [](const OddForFilter& o) -> const auto& { return o.flags; }),
    filter_field("Lists", [](const OddForFilter& o) -> const auto& { return o.lists; }),
    filter_field("Nested", [](const OddForFilter& o) -> const auto& { return o.nested; }),
    filter_field<kAddressForFilter>("Addrs",
                                    [](const OddForFilter& o) -> const auto& { return o.addrs; }),
    filter_field("Any", [](const OddForFilter& o) -> const auto& { return o.any; }),
    filter_field<kWeightsForFilter>("Box",
                                    [](const OddForFilter& o) -> const auto& { return o.box; }));

inline ServiceForFilter service_for_filter() {
  return {.id = "web-1",
          .service = "web",
          .tags = {"v1", "prod"},
          .meta = {{"env", "prod"}, {"empty", ""}, {"a-b", "x"}},
          .port = 8080,
          .tagged_addresses = {{"lan", {.address = "10.0.0.1", .port = 8080}}},
          .weights = {.passing = 1, .warning = 2}};
}

// Two checks, or none. Lifetime: of `service`.
inline EntryForFilter entry_for_filter(const ServiceForFilter& service, bool has_checks) {
  EntryForFilter out{.service = &service};
  if (has_checks) {
    out.checks = {std::make_shared<const CheckForFilter>(CheckForFilter{"c1", "passing", {"a"}}),
                  std::make_shared<const CheckForFilter>(CheckForFilter{"c2", "critical", {}})};
  }
  return out;
}

inline OddForFilter odd_for_filter() {
  return {.text = "text",
          .number = -5,
          .flag = true,
          .list = {"a", "b"},
          .ints = {1, 2},
          .bools = {true},
          .rows = {{.passing = 1, .warning = 2}, {.passing = 3, .warning = 4}},
          .map = {{"k", "v"}},
          .counts = {{"k", 1}},
          .flags = {{"k", true}},
          .lists = {{"k", {"x", "y"}}},
          .nested = {{"a", {{"b", "c"}}}},
          .addrs = {{"lan", {.address = "x", .port = 1}}},
          .any = {{"x", 1}},
          .box = {.passing = 1, .warning = 2}};
}

}  // namespace weft::api::kit
