// What became of the services of a file that was loaded.
#pragma once

#include "base/json.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace weft::cli {

// One service.
struct Loaded {
  std::string id;
  std::string did;  // "loaded", "failed", "removed", "would add" ...
  std::vector<std::string> errors = {};
};

// Thread: any (a value).
struct LoadReport {
  std::string label;  // what the load is called
  std::vector<Loaded> services;
  std::vector<std::string> warnings;
  std::size_t failed = 0;

  void add(Loaded one) {
    failed += one.errors.empty() ? 0 : 1;
    services.push_back(std::move(one));
  }
};

// Warnings, a line for each service with its errors below, the sum. Thread: any; pure.
std::string load_report_text(const LoadReport& report);
json::object encode_load_report(const LoadReport& report);

}  // namespace weft::cli
