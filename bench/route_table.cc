// What a match costs in a table of so many routes, and what the table weighs. No sockets.
//
//   bench_route_table SHAPE ROUTES CLUSTERS      SHAPE: hosts, wildcards, paths, any_host
//
// Warm: the same few routes again and again. Cold: a piece of memory larger than the last cache is
// read; a few thousand questions for other routes warm what all share, as it is in a gateway; then
// each question that counts is for a route that was not asked for before.
// Prints one line of JSON: nanoseconds and bytes.
#include "base/random.h"
#include "base/text.h"
#include "model/snapshot.h"
#include "proxy/route_index.h"
#include "route_shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <malloc.h>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace weft;

constexpr std::size_t kColdBatches = 100;
constexpr std::size_t kSharingQuestions = 2'000;  // before those that count
constexpr std::size_t kQuestionsPerBatch = 64;
constexpr std::size_t kWarmRoutes = 8;
constexpr std::size_t kWarmQuestions = 200'000;
constexpr std::size_t kWarmPerSample = 16;
constexpr std::size_t kEvictedBytes = 96 * 1024 * 1024;

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                    std::chrono::nanoseconds(1));
}

// Table memory as it was taken from the heap, in blocks.
std::size_t allocated_bytes() {
  const auto heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

struct Asking {
  const proxy::RouteIndex& index;
  wire::RequestHead& head;

  // Goes on when the answer is known to be right.
  void ask(const bench::Question& question, std::size_t number) {
    head.authority = question.host;
    head.path = question.path;
    const auto found = index.match(head);
    if (!found || found->route == nullptr || found->route->number() != number + 1 ||
        found->cluster == nullptr) {
      std::cerr << "the wrong route for " << question.host << question.path << '\n';
      std::_Exit(1);
    }
  }
};

// What reading the clock twice takes.
std::uint64_t clock_ns() {
  std::uint64_t least = ~std::uint64_t{0};
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t began = now_ns();
    least = std::min(least, now_ns() - began);
  }
  return least;
}

// So that what was in the caches is there no more.
std::uint64_t evict(const std::vector<std::uint8_t>& memory) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < memory.size(); i += 64) {
    sum += memory[i];
  }
  return sum;
}

// What waiting for one piece of memory takes that is in no cache: the measure of this machine.
std::uint64_t cold_access_ns() {
  constexpr std::size_t kWordsPerLine = 64 / sizeof(std::size_t);
  constexpr std::size_t kLines = kEvictedBytes / 64;
  constexpr std::size_t kAccesses = 20'000;
  std::vector<std::size_t> lines(kLines * kWordsPerLine);  // each says which one is next
  std::vector<std::size_t> order(kLines);
  std::iota(order.begin(), order.end(), std::size_t{0});
  base::Random random(2);
  for (std::size_t i = kLines; i > 1; --i) {
    std::swap(order[i - 1], order[random.below(i)]);
  }
  for (std::size_t i = 0; i < kLines; ++i) {
    lines[order[i] * kWordsPerLine] = order[(i + 1) % kLines] * kWordsPerLine;
  }
  std::size_t at = 0;
  const std::uint64_t began = now_ns();
  for (std::size_t i = 0; i < kAccesses; ++i) {
    at = lines[at];
  }
  const std::uint64_t took = now_ns() - began;
  return took / kAccesses + (at == 1 ? 1 : 0);  // 1 is no first word of a line
}

std::uint64_t percentile(std::vector<std::uint64_t>& samples, double share) {
  std::ranges::sort(samples);
  return samples[static_cast<std::size_t>(share * static_cast<double>(samples.size() - 1))];
}

struct Spread {
  std::uint64_t p50 = 0;
  std::uint64_t p99 = 0;
};

Spread measure_cold(Asking& asking, bench::Shape shape, std::size_t routes) {
  std::vector<std::uint8_t> memory(kEvictedBytes, 1);
  std::vector<std::size_t> order(routes);
  std::iota(order.begin(), order.end(), std::size_t{0});
  base::Random random(1);
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[random.below(i)]);
  }
  std::vector<std::uint64_t> samples;
  const std::uint64_t clock = clock_ns();
  std::uint64_t sum = 0;
  std::size_t next = 0;
  for (std::size_t batch = 0; batch < kColdBatches; ++batch) {
    sum += evict(memory);
    for (std::size_t i = 0; i < kSharingQuestions + kQuestionsPerBatch; ++i, ++next) {
      const std::size_t number = order[next % order.size()];
      const bench::Question question = bench::question_for(shape, number);
      const std::uint64_t began = now_ns();
      asking.ask(question, number);
      const std::uint64_t took = now_ns() - began;
      if (i >= kSharingQuestions) {
        samples.push_back(took - std::min(took, clock));
      }
    }
  }
  if (sum == 0) {
    std::cerr << "nothing was evicted\n";
  }
  return {percentile(samples, 0.5), percentile(samples, 0.99)};
}

Spread measure_warm(Asking& asking, bench::Shape shape, std::size_t routes) {
  std::vector<std::pair<std::size_t, bench::Question>> questions;
  for (std::size_t i = 0; i < kWarmRoutes; ++i) {
    const std::size_t number = i * routes / kWarmRoutes;
    questions.emplace_back(number, bench::question_for(shape, number));
  }
  std::vector<std::uint64_t> samples;
  for (std::size_t i = 0; i < kWarmQuestions; i += kWarmPerSample) {
    const std::uint64_t began = now_ns();
    for (std::size_t k = 0; k < kWarmPerSample; ++k) {
      const auto& [number, question] = questions[k % questions.size()];
      asking.ask(question, number);
    }
    samples.push_back((now_ns() - began) / kWarmPerSample);
  }
  return {percentile(samples, 0.5), percentile(samples, 0.99)};
}

}  // namespace

int main(int count, char** arguments) {
  const auto shape = count == 4 ? bench::parse_shape(arguments[1]) : std::nullopt;
  const auto routes = count == 4 ? base::parse_u64(arguments[2]) : std::nullopt;
  const auto clusters = count == 4 ? base::parse_u64(arguments[3]) : std::nullopt;
  if (!shape || !routes || !clusters || *routes == 0 || *clusters == 0) {
    std::cerr << "bench_route_table SHAPE ROUTES CLUSTERS\n";
    return 2;
  }
  std::vector<model::Cluster> made_clusters;
  for (std::size_t i = 0; i < *clusters; ++i) {
    model::Cluster& cluster = made_clusters.emplace_back();
    cluster.number = static_cast<std::uint32_t>(i + 1);
    cluster.service = bench::service_name(i);
  }
  auto snapshot = model::make_snapshot(std::move(made_clusters), {});
  const std::size_t before = allocated_bytes();
  {
    std::vector<model::Route> made;
    made.reserve(*routes);
    for (std::size_t i = 0; i < *routes; ++i) {
      made.push_back(bench::make_route(*shape, i, bench::service_name(i % *clusters)));
    }
    snapshot->routes = model::make_snapshot({}, std::move(made))->routes;
  }
  const std::size_t with_rows = allocated_bytes();
  const std::uint64_t began = now_ns();
  const auto index = std::make_unique<proxy::RouteIndex>(snapshot);
  const std::uint64_t built = now_ns() - began;
  const std::size_t with_index = allocated_bytes();
  static wire::RequestHead head;
  head.method_text = "GET";
  Asking asking{*index, head};
  const Spread cold = measure_cold(asking, *shape, *routes);
  const Spread warm = measure_warm(asking, *shape, *routes);
  fmt::print(
      R"({{"shape": "{}", "routes": {}, "cold_p50_ns": {}, "cold_p99_ns": {}, "warm_p50_ns": {}, )"
      R"("warm_p99_ns": {}, "access_ns": {}, "row_bytes": {}, "index_bytes": {}, "build_ms": {:.1f}}})"
      "\n",
      arguments[1], *routes, cold.p50, cold.p99, warm.p50, warm.p99, cold_access_ns(),
      (with_rows - before) / *routes, (with_index - with_rows) / *routes,
      static_cast<double>(built) / 1e6);
  return 0;
}
