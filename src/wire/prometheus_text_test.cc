#include "wire/prometheus_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace weft::wire {
namespace {

TEST(PrometheusText, WritesHelpAndTypeOncePerFamily) {
  PrometheusText text;
  text.family("mesh_active_services", MetricType::kGauge, "Services with an instance");
  text.sample({}, std::int64_t{3});
  text.family("mesh_spans_total", MetricType::kCounter, "Spans seen");
  const std::array<MetricLabel, 2> client{{{"service", "web"}, {"type", "client"}}};
  const std::array<MetricLabel, 2> server{{{"service", "web"}, {"type", "server"}}};
  text.sample(client, std::uint64_t{7});
  text.sample(server, std::uint64_t{18446744073709551615U});
  EXPECT_EQ(text.take(),
            "# HELP mesh_active_services Services with an instance\n"
            "# TYPE mesh_active_services gauge\n"
            "mesh_active_services 3\n"
            "# HELP mesh_spans_total Spans seen\n"
            "# TYPE mesh_spans_total counter\n"
            "mesh_spans_total{service=\"web\",type=\"client\"} 7\n"
            "mesh_spans_total{service=\"web\",type=\"server\"} 18446744073709551615\n");
  EXPECT_EQ(text.take(), "");
}

TEST(PrometheusText, EscapesWhatWouldBreakALine) {
  PrometheusText text;
  text.family("a", MetricType::kUntyped, "one\\two\nthree \"four\"");
  const std::array<MetricLabel, 1> labels{{{"path", "C:\\dir\n\"x\",} 1"}}};
  text.sample(labels, 1.5);
  EXPECT_EQ(text.take(),
            "# HELP a one\\\\two\\nthree \"four\"\n# TYPE a untyped\n"
            "a{path=\"C:\\\\dir\\n\\\"x\\\",} 1\"} 1.5\n");
}

TEST(PrometheusText, WritesNumbersSoThatTheyReadBackEqual) {
  PrometheusText text;
  text.family("a", MetricType::kGauge, "b");
  for (const double value :
       {0.5, 0.1, 1e-9, 1e21, -2.0, std::nan(""), std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity()}) {
    text.sample({}, value);
  }
  const std::string out = text.take();
  EXPECT_EQ(out.substr(out.find("gauge\n") + 6),
            "a 0.5\na 0.1\na 1e-09\na 1e+21\na -2\na NaN\na +Inf\na -Inf\n");
}

TEST(PrometheusText, WritesAHistogramWithItsLastBucketSumAndCount) {
  PrometheusText text;
  text.family("d_seconds", MetricType::kHistogram, "Durations");
  const std::array<MetricLabel, 1> labels{{{"service", "web"}}};
  const std::array<MetricBucket, 2> buckets{{{0.005, 1}, {2.5, 3}}};
  text.histogram(labels, buckets, 4.25, 4);
  text.histogram({}, {}, 0, 0);
  const std::string out = text.take();
  EXPECT_EQ(out.substr(out.find("histogram\n") + 10),
            "d_seconds_bucket{service=\"web\",le=\"0.005\"} 1\n"
            "d_seconds_bucket{service=\"web\",le=\"2.5\"} 3\n"
            "d_seconds_bucket{service=\"web\",le=\"+Inf\"} 4\n"
            "d_seconds_sum{service=\"web\"} 4.25\n"
            "d_seconds_count{service=\"web\"} 4\n"
            "d_seconds_bucket{le=\"+Inf\"} 0\n"
            "d_seconds_sum 0\n"
            "d_seconds_count 0\n");
}

TEST(Meters, BecomeFamiliesOfTheKindOfTheirValues) {
  base::MeterRegistry registry;
  base::MeterGroup group(registry, {{"loop", "0"}});
  group.counter({"c_total", "Counted"}, {{"code", "2xx"}}).add(5);
  group.gauge({"g", "Gauged"}).set(-2);
  group.gauge({"g_seconds", "A time"}).set(base::Nanos(base::Micros(1500)).count());
  base::Histogram& durations = group.histogram({"h_seconds", "Timed"});
  durations.record(base::Millis(3));
  durations.record(base::Millis(300));
  durations.record(base::Seconds(60));
  PrometheusText text;
  write_meters(text, registry.collect());
  const std::string out = text.take();
  EXPECT_NE(out.find("# TYPE c_total counter\nc_total{"), std::string::npos) << out;
  EXPECT_NE(out.find("code=\"2xx\""), std::string::npos);
  EXPECT_NE(out.find("g{loop=\"0\"} -2\n"), std::string::npos);
  EXPECT_NE(out.find("g_seconds{loop=\"0\"} 0.0015\n"), std::string::npos) << out;
  EXPECT_NE(out.find("h_seconds_bucket{loop=\"0\",le=\"0.005\"} 1\n"), std::string::npos);
  EXPECT_NE(out.find("h_seconds_bucket{loop=\"0\",le=\"0.5\"} 2\n"), std::string::npos);
  EXPECT_NE(out.find("h_seconds_bucket{loop=\"0\",le=\"10\"} 2\n"), std::string::npos);
  EXPECT_NE(out.find("h_seconds_bucket{loop=\"0\",le=\"+Inf\"} 3\n"), std::string::npos);
  EXPECT_NE(out.find("h_seconds_count{loop=\"0\"} 3\n"), std::string::npos);
}

TEST(MetricNames, AreHeldToTheirGrammar) {
  EXPECT_TRUE(is_metric_name("mesh:rate_5m"));
  EXPECT_TRUE(is_label_name("le_1"));
  EXPECT_FALSE(is_metric_name(""));
  EXPECT_FALSE(is_metric_name("1a"));
  EXPECT_FALSE(is_metric_name("a-b"));
  EXPECT_FALSE(is_label_name("a:b"));
  EXPECT_FALSE(is_label_name("__name__"));
}

TEST(MetricNamesDeathTest, StopTheProgramWhenWeGetThemWrong) {
  PrometheusText text;
  EXPECT_DEATH(text.family("bad name", MetricType::kGauge, ""), "is_metric_name");
}

}  // namespace
}  // namespace weft::wire
