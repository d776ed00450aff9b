#include "wire/prometheus_text.h"

#include "base/check.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>
#include <vector>

namespace weft::wire {
namespace {

constexpr std::array<double, 11> kDurationBounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                 0.5,   1,    2.5,   5,    10};

bool is_alpha(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || c == '_';
}

std::string_view type_name(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
    case MetricType::kUntyped:
      break;
  }
  return "untyped";
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

void append_number(std::string& out, std::uint64_t value) {
  const fmt::format_int text(value);
  out.append(text.data(), text.size());
}

void append_number(std::string& out, std::int64_t value) {
  const fmt::format_int text(value);
  out.append(text.data(), text.size());
}

// Backslash and line feed, and in label values the quote; nothing else is special.
void append_escaped(std::string& out, std::string_view text, bool in_quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && in_quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

std::vector<MetricLabel> views(const base::MeterLabels& labels) {
  std::vector<MetricLabel> out;
  out.reserve(labels.size());
  for (const auto& [name, value] : labels) {
    out.push_back({name, value});
  }
  return out;
}

MetricType type_of(const base::MeterValue& value) {
  return std::holds_alternative<std::uint64_t>(value)  ? MetricType::kCounter
         : std::holds_alternative<std::int64_t>(value) ? MetricType::kGauge
                                                       : MetricType::kHistogram;
}

}  // namespace

void PrometheusText::family(std::string_view name, MetricType type, std::string_view help) {
  WEFT_ASSERT(is_metric_name(name));
  family_ = name;
  out_ += "# HELP ";
  out_ += name;
  out_ += ' ';
  append_escaped(out_, help, false);
  out_ += "\n# TYPE ";
  out_ += name;
  out_ += ' ';
  out_ += type_name(type);
  out_ += '\n';
}

void PrometheusText::line_start(std::string_view suffix, MetricLabels labels,
                                std::string_view bound) {
  out_ += family_;
  out_ += suffix;
  char separator = '{';
  for (const MetricLabel& label : labels) {
    WEFT_ASSERT(is_label_name(label.name));
    out_ += separator;
    out_ += label.name;
    out_ += "=\"";
    append_escaped(out_, label.value, true);
    out_ += '"';
    separator = ',';
  }
  if (!bound.empty()) {
    out_ += separator;
    out_ += "le=\"";
    out_ += bound;
    out_ += '"';
    separator = ',';
  }
  out_ += separator == ',' ? "} " : " ";
}

template <class Number>
void PrometheusText::line(std::string_view suffix, MetricLabels labels, std::string_view bound,
                          Number value) {
  line_start(suffix, labels, bound);
  append_number(out_, value);
  out_ += '\n';
}

void PrometheusText::sample(MetricLabels labels, double value) { line("", labels, "", value); }

void PrometheusText::sample(MetricLabels labels, std::uint64_t value) {
  line("", labels, "", value);
}

void PrometheusText::sample(MetricLabels labels, std::int64_t value) {
  line("", labels, "", value);
}

void PrometheusText::histogram(MetricLabels labels, std::span<const MetricBucket> buckets,
                               double sum, std::uint64_t count) {
  for (const MetricBucket& bucket : buckets) {
    std::string bound;
    append_number(bound, bucket.bound);
    line("_bucket", labels, bound, bucket.count);
  }
  line("_bucket", labels, "+Inf", count);
  line("_sum", labels, "", sum);
  line("_count", labels, "", count);
}

std::string PrometheusText::take() { return std::exchange(out_, {}); }

std::span<const double> default_duration_bounds() { return kDurationBounds; }

void write_durations(PrometheusText& out, MetricLabels labels, const base::HistogramCounts& counts,
                     std::span<const double> bounds) {
  std::vector<MetricBucket> buckets;
  buckets.reserve(bounds.size());
  for (const double bound : bounds) {
    const auto limit = base::Nanos(std::llround(bound * 1e9));
    buckets.push_back({bound, std::min(counts.count_at_most(limit), counts.count())});
  }
  out.histogram(labels, buckets, base::to_seconds(counts.sum()), counts.count());
}

void write_meters(PrometheusText& out, std::span<const base::MeterFamily> families) {
  for (const base::MeterFamily& family : families) {
    if (family.samples.empty()) {
      continue;
    }
    out.family(family.info.name, type_of(family.samples.front().value), family.info.what);
    for (const base::MeterSample& sample : family.samples) {
      const std::vector<MetricLabel> labels = views(sample.labels);
      const auto* gauge = std::get_if<std::int64_t>(&sample.value);
      if (const auto* counter = std::get_if<std::uint64_t>(&sample.value)) {
        out.sample(labels, *counter);
      } else if (gauge != nullptr && family.info.name.ends_with("_seconds")) {
        out.sample(labels, base::to_seconds(base::Nanos(*gauge)));
      } else if (gauge != nullptr) {
        out.sample(labels, *gauge);
      } else {
        write_durations(out, labels, std::get<base::HistogramCounts>(sample.value));
      }
    }
  }
}

bool is_label_name(std::string_view name) {
  return !name.empty() && is_alpha(name.front()) && !name.starts_with("__") &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alpha(c) || base::is_digit(c); });
}

bool is_metric_name(std::string_view name) {
  return !name.empty() && (is_alpha(name.front()) || name.front() == ':') &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alpha(c) || base::is_digit(c) || c == ':'; });
}

}  // namespace weft::wire
