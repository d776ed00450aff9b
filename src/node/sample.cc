#include "node/sample.h"

#include "http/endpoint.h"

#include <fmt/format.h>

namespace weft::node {

using namespace std::chrono_literals;

BOOST_DESCRIBE_STRUCT(SampleChaos, (), (latency_ms, error_ratio))

namespace {

// Headers that tie a call to the request it was made for.
constexpr std::array kTraceFields{"X-Request-ID", "X-Trace-Id", "X-Span-Id", "traceparent"};

std::string docs_page(const SampleOptions& options) {
  std::string calls;
  for (const std::string& service : options.calls) {
    calls += fmt::format("<li>{}</li>", service);
  }
  return fmt::format(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>"
      "<style>body{{font:16px/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem;"
      "color-scheme:light dark}}</style></head><body><h1>{0}</h1><p>{1}</p>"
      "<h2>Endpoints</h2><ul><li><code>GET /health</code> is it well</li>"
      "<li><code>GET /</code> one piece of work</li>"
      "<li><code>POST /chaos</code> misbehave: <code>{{\"latency_ms\": 200, \"error_ratio\": 0.5}}"
      "</code></li></ul><h2>Calls</h2>{2}</body></html>\n",
      options.name, options.description,
      calls.empty() ? "<p>No other service.</p>" : "<ul>" + calls + "</ul>");
}

}  // namespace

Sample::Sample(io::Loop& loop, base::Log& log, SampleOptions options)
    : loop_(loop),
      log_(log),
      options_(std::move(options)),
      client_(loop, nullptr, http::Client::Reuse::kKeepAlive),
      router_(style_),
      dispatcher_(router_) {
  add_routes();
}

void Sample::add_routes() {
  router_.add(style_, http::raw_route("GET", "/health", {"Is it well", "sample"},
                                      [this](http::Context&) { return answer_health(this); }));
  router_.add(style_, http::raw_route("GET", "/docs", {"Documentation page", "sample"},
                                      [this](http::Context&) { return answer_docs(this); }));
  router_.add(style_, http::raw_route("GET", "/", {"One piece of work", "sample"},
                                      [this](http::Context& c) { return answer_work(this, &c); }));
  router_.add(style_,
              http::endpoint<SampleChaos, SampleChaos>(
                  "POST", "/chaos", {"Misbehave on purpose", "sample"},
                  [this](http::Context&, const SampleChaos& chaos) -> base::Result<SampleChaos> {
                    chaos_ = chaos;
                    return chaos_;
                  }));
}

base::Result<base::SocketAddress> Sample::start() {
  server_ = std::make_unique<http::Server>(http::ServerParts{loop_, dispatcher_, log_, meters_},
                                           http::ServerOptions{});
  return server_->listen(options_.listen);
}

io::Task<void> Sample::stop() {
  if (server_) {
    co_await server_->stop(loop_.now() + 1s);
  }
}

// Source: contract/README.md "Conventions": what a service's own /health is expected to say.
io::Task<http::Response> Sample::answer_health(Sample* sample) {
  co_return http::json_response({{"status", "healthy"},
                                 {"service", sample->options_.name},
                                 {"version", WEFT_VERSION},
                                 {"timestamp", base::format_rfc3339(sample->loop_.wall_now())}});
}

io::Task<http::Response> Sample::answer_docs(Sample* sample) {
  co_return http::text_response(docs_page(sample->options_), 200, "text/html; charset=utf-8");
}

io::Task<http::Response> Sample::answer_work(Sample* sample, http::Context* context) {
  const base::Nanos chaos(static_cast<std::int64_t>(sample->chaos_.latency_ms * 1e6));
  base::ignore(co_await sample->loop_.sleep_for(sample->options_.work_time + chaos),
               "a stopping sample answers early");
  if (sample->loop_.random().unit() < sample->chaos_.error_ratio) {
    co_return http::json_response({{"error", "chaos"}}, 500);
  }
  json::object calls;
  for (const std::string& service : sample->options_.calls) {
    http::ClientRequest request;
    request.to = sample->options_.gateway;
    request.target = "/svc/" + service + "/";
    request.deadline = sample->loop_.now() + 5s;
    for (const char* name : kTraceFields) {
      if (const auto value = context->request.headers.find(name)) {
        request.fields.add(name, *value);
      }
    }
    const auto response = co_await sample->client_.call(std::move(request));
    calls[service] =
        response ? json::value(response->status) : json::value(base::describe(response.error()));
  }
  co_return http::json_response({{"service", sample->options_.name},
                                 {"piece", ++sample->pieces_},
                                 {"calls", std::move(calls)}});
}

}  // namespace weft::node
