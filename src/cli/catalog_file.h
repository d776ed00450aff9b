// A file of services: what `weft catalog load` registers, what `weft catalog export` writes.
// Source: contract/sutazai.md §3.1; members are Consul's, named in snake or camel case.
#pragma once

#include "base/json.h"

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace weft::cli {

// In an instance's metadata: which load registered it, and whom it calls (names, with commas).
inline constexpr std::string_view kCatalogMeta = "weft-catalog";
inline constexpr std::string_view kDependenciesMeta = "weft-dependencies";

// One entry of a file. Thread: any (a value).
struct CatalogService {
  std::string id;  // its name when it has none; empty: it has neither
  std::string name;
  json::object body;  // of PUT /v1/agent/service/register
  // Everything that is wrong, each with its place: "services[3].check.interval: missing".
  std::vector<std::string> problems;
};

struct CatalogFile {
  std::vector<CatalogService> services;
  std::vector<std::string> warnings;  // what is ignored, each with its place

  std::size_t problem_count() const;
};

// Errors: it is no such file at all. Thread: any; pure.
std::expected<CatalogFile, std::string> parse_catalog(const json::value& file);

// The answers of /v1/agent/services and of a list of checks with `?definition`, as a file that
// parse_catalog reads. Left out: checks that nobody runs, headers and bodies of HTTP checks.
// Thread: any; pure.
json::object encode_catalog_file(const json::value& services, const json::value& checks);

}  // namespace weft::cli
