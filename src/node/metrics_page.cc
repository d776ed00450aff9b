#include "node/metrics_page.h"

#include "wire/prometheus_text.h"

namespace weft::node {

using namespace std::chrono_literals;

MetricsPage::MetricsPage(io::Loop& loop, base::Log& log, base::MeterRegistry& meters,
                         const base::Limits& limits)
    : loop_(loop),
      router_(style_),
      dispatcher_(router_),
      server_(http::ServerParts{loop, dispatcher_, log, meters}, http::server_options(limits)) {
  router_.add(style_, http::raw_route("GET", "/metrics", {"Metrics as Prometheus text", "meta"},
                                      [m = &meters](http::Context&) { return answer(m); }));
}

base::Result<base::SocketAddress> MetricsPage::listen(const base::SocketAddress& address) {
  return server_.listen(address);
}

io::Task<void> MetricsPage::stop() { co_await server_.stop(loop_.now() + 1s); }

io::Task<http::Response> MetricsPage::answer(const base::MeterRegistry* meters) {
  wire::PrometheusText out;
  wire::write_meters(out, meters->collect());
  co_return http::text_response(out.take(), 200, wire::kPrometheusContentType);
}

}  // namespace weft::node
