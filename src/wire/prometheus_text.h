// Writes metrics in the Prometheus text format 0.0.4.
// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
// Start at PrometheusText: a family first, then its samples.
#pragma once

#include "base/histogram.h"
#include "base/meters.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace weft::wire {

inline constexpr std::string_view kPrometheusContentType =
    "text/plain; version=0.0.4; charset=utf-8";

enum class MetricType : std::uint8_t { kCounter, kGauge, kHistogram, kUntyped };

// A label of a sample; the value may be any UTF-8. Lifetime: borrowed for one call.
struct MetricLabel {
  std::string_view name;
  std::string_view value;
};
using MetricLabels = std::span<const MetricLabel>;

// One cumulative bucket: how many observations were at most `bound`.
struct MetricBucket {
  double bound = 0;
  std::uint64_t count = 0;
};

// Families come one after another, each with its HELP and TYPE lines once; the caller must not
// come back to an earlier one. Names are ours, so a bad one is a bug (asserted), never a peer's.
// Thread: one; large texts are made off the data plane's loops.
class PrometheusText final {
 public:
  // `help` is one sentence without a full stop.
  void family(std::string_view name, MetricType type, std::string_view help);

  // Samples of the family begun last; not for histograms.
  void sample(MetricLabels labels, double value);
  void sample(MetricLabels labels, std::uint64_t value);
  void sample(MetricLabels labels, std::int64_t value);

  // One histogram: _bucket lines (the one for +Inf is added), _sum and _count. The bounds rise, and
  // so do the counts, up to `count`.
  void histogram(MetricLabels labels, std::span<const MetricBucket> buckets, double sum,
                 std::uint64_t count);

  // The text so far; leaves the writer empty.
  std::string take();

 private:
  void line_start(std::string_view suffix, MetricLabels labels, std::string_view bound);
  template <class Number>
  void line(std::string_view suffix, MetricLabels labels, std::string_view bound, Number value);

  std::string out_;
  std::string family_;
};

// Bounds in seconds for durations, Prometheus' own defaults: 5 ms to 10 s.
std::span<const double> default_duration_bounds();

// A duration histogram in seconds with these bounds.
void write_durations(PrometheusText& out, MetricLabels labels, const base::HistogramCounts& counts,
                     std::span<const double> bounds = default_duration_bounds());

// Everything a registry collected: each family with its samples, counters and gauges by the kind of
// their values, histograms in seconds. A gauge whose name ends in _seconds holds nanoseconds.
void write_meters(PrometheusText& out, std::span<const base::MeterFamily> families);

// [a-zA-Z_:][a-zA-Z0-9_:]* and [a-zA-Z_][a-zA-Z0-9_]*, not reserved (__).
bool is_metric_name(std::string_view name);
bool is_label_name(std::string_view name);

}  // namespace weft::wire
