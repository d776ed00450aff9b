#include "node/load_report.h"

#include "node/demo_ground.h"

#include <fmt/format.h>

#include <algorithm>

namespace weft::node {

void LoadReport::add_answer(base::Nanos latency, std::string_view instance, base::MonoTime now) {
  ++requests_;
  latency_.record(latency);
  slowest_ = std::max(slowest_, latency);
  auto found = by_instance_.find(instance);
  if (found == by_instance_.end()) {
    found = by_instance_.emplace(std::string(instance), Answers{}).first;
  }
  ++found->second.count;
  found->second.last = now;
}

void LoadReport::add_failure(base::Nanos latency, std::string what) {
  ++requests_;
  ++failures_;
  latency_.record(latency);
  slowest_ = std::max(slowest_, latency);
  if (first_failures_.size() < kFailuresKept) {
    first_failures_.push_back(std::move(what));
  }
}

std::uint64_t LoadReport::answers_of(std::string_view instance) const {
  const auto found = by_instance_.find(instance);
  return found == by_instance_.end() ? 0 : found->second.count;
}

base::MonoTime LoadReport::last_answer_of(std::string_view instance) const {
  const auto found = by_instance_.find(instance);
  return found == by_instance_.end() ? base::MonoTime() : found->second.last;
}

std::string count_requests(std::uint64_t count) {
  return count == 1 ? "1 request" : with_commas(count) + " requests";
}

std::string count_failures(const LoadReport& report) {
  return fmt::format("{} of {} failed", with_commas(report.failures()),
                     count_requests(report.requests()));
}

}  // namespace weft::node
