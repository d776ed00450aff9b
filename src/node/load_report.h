// What a load generator saw: every latency and every failure.
#pragma once

#include "base/histogram.h"
#include "base/time.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

// Thread: its loop.
class LoadReport final {
 public:
  // Sentences about failures that are kept; all are counted.
  static constexpr std::size_t kFailuresKept = 3;

  // A request that was due `latency` ago has its answer now, from `instance` ("" when unknown).
  void add_answer(base::Nanos latency, std::string_view instance, base::MonoTime now);
  void add_failure(base::Nanos latency, std::string what);

  std::uint64_t requests() const { return requests_; }
  std::uint64_t failures() const { return failures_; }
  const std::vector<std::string>& first_failures() const { return first_failures_; }
  base::Nanos slowest() const { return slowest_; }
  // Of answers and failures alike.
  base::HistogramCounts latency() const { return latency_.read(); }

  std::uint64_t answers_of(std::string_view instance) const;
  // When the last answer of the instance came; the epoch when none did.
  base::MonoTime last_answer_of(std::string_view instance) const;

 private:
  struct Answers {
    std::uint64_t count = 0;
    base::MonoTime last{};
  };

  std::uint64_t requests_ = 0;
  std::uint64_t failures_ = 0;
  base::Nanos slowest_{0};
  base::Histogram latency_;
  std::vector<std::string> first_failures_;
  std::map<std::string, Answers, std::less<>> by_instance_;
};

// "2,412 requests" and "0 of 2,412 requests failed"
std::string count_requests(std::uint64_t count);
std::string count_failures(const LoadReport& report);

}  // namespace weft::node
