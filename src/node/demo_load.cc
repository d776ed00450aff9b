#include "node/demo_load.h"

#include "base/check.h"

#include <fmt/format.h>

namespace weft::node {

DemoLoad::DemoLoad(io::Loop& loop, LoadOptions options)
    : loop_(loop),
      options_(std::move(options)),
      client_(loop, nullptr, http::Client::Reuse::kKeepAlive),
      place_(loop) {
  WEFT_ASSERT(!options_.targets.empty() && options_.requests_per_second > 0);
}

void DemoLoad::start() { pacing_.spawn("demo load", pace(this)); }

io::Task<void> DemoLoad::finish() {
  co_await pacing_.stop();
  co_await requests_.join();
}

io::Task<void> DemoLoad::stop() {
  co_await pacing_.stop();
  co_await requests_.stop();
}

io::Task<void> DemoLoad::pace(DemoLoad* load) {
  const base::Nanos interval(static_cast<std::int64_t>(1e9 / load->options_.requests_per_second));
  base::MonoTime due = load->loop_.now();
  for (std::size_t turn = 0;; ++turn) {
    if (const auto slept = co_await load->loop_.sleep_until(due); !slept) {
      co_return;
    }
    if (const auto place = co_await load->wait_for_place(); !place) {
      co_return;
    }
    const auto& targets = load->options_.targets;
    load->requests_.spawn("demo request", send(load, targets[turn % targets.size()], due));
    due += interval;
  }
}

io::Task<base::Result<void>> DemoLoad::wait_for_place() {
  while (in_flight_ >= options_.in_flight_max) {
    WEFT_CO_TRY_VOID(co_await place_.wait());
  }
  co_return base::Result<void>();
}

io::Task<void> DemoLoad::send(DemoLoad* load, std::string target, base::MonoTime due) {
  ++load->in_flight_;
  http::ClientRequest request;
  request.to = load->options_.to;
  request.target = std::move(target);
  request.deadline = load->loop_.now() + load->options_.patience;
  const auto response = co_await load->client_.call(std::move(request));
  --load->in_flight_;
  const base::MonoTime now = load->loop_.now();
  if (response && response->status / 100 == 2) {
    load->report_.add_answer(now - due, response->fields.value("x-mesh-instance"), now);
  } else if (response) {
    load->report_.add_failure(
        now - due, fmt::format("{} {}", response->status, response->body.substr(0, 200)));
  } else if (response.error().code != base::Code::kCancelled) {
    load->report_.add_failure(now - due, base::describe(response.error()));
  }
  load->place_.notify_one();
}

}  // namespace weft::node
