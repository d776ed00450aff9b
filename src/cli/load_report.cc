#include "cli/load_report.h"

#include <fmt/format.h>

#include <algorithm>

namespace weft::cli {
namespace {

// "21 loaded, 1 failed": how often each word occurs, in the order they first do.
std::string counts_line(const LoadReport& report) {
  std::vector<std::pair<std::string, std::size_t>> counts;
  for (const Loaded& one : report.services) {
    const auto known =
        std::ranges::find(counts, one.did, &std::pair<std::string, std::size_t>::first);
    if (known == counts.end()) {
      counts.emplace_back(one.did, 1);
    } else {
      ++known->second;
    }
  }
  std::string out;
  for (const auto& [word, count] : counts) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, word);
  }
  return out.empty() ? "nothing to load" : out;
}

}  // namespace

std::string load_report_text(const LoadReport& report) {
  std::string out;
  for (const std::string& warning : report.warnings) {
    out += fmt::format("warning: {}\n", warning);
  }
  std::size_t width = 0;
  for (const Loaded& one : report.services) {
    width = std::max(width, one.did.size());
  }
  for (const Loaded& one : report.services) {
    out += fmt::format("{:<{}}  {}\n", one.did, width, one.id);
    for (const std::string& error : one.errors) {
      out += fmt::format("{:<{}}    {}\n", "", width, error);
    }
  }
  out += fmt::format("{}; the load is called '{}'\n", counts_line(report), report.label);
  return out;
}

json::object encode_load_report(const LoadReport& report) {
  json::array services;
  for (const Loaded& one : report.services) {
    json::object line{{"id", one.id}, {"ok", one.errors.empty()}, {"did", one.did}};
    if (!one.errors.empty()) {
      line["errors"] = json::array(one.errors.begin(), one.errors.end());
    }
    services.push_back(std::move(line));
  }
  return {{"name", report.label},
          {"services", std::move(services)},
          {"failed", report.failed},
          {"warnings", json::array(report.warnings.begin(), report.warnings.end())}};
}

}  // namespace weft::cli
