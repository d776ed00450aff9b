#include "operator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace weft::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kApi = "/api/v1/mesh/v2";
constexpr base::Nanos kCallPatience = base::Seconds(20);
constexpr base::Nanos kAgain = base::Millis(500);
// Whatever became of a write whose answer was lost, it has become of it by then.
constexpr base::Nanos kSettled = base::Seconds(3);

}  // namespace

Operator::Operator(Parts parts)
    : parts_(std::move(parts)),
      random_(parts_.plan.seed * 7 + 1),
      client_(parts_.loop, nullptr, http::Client::Reuse::kKeepAlive),
      known_(parts_.plan.backends.size(), Possible{std::nullopt}) {}

io::Task<base::Result<http::ClientResponse>> Operator::call(wire::Method method, std::string target,
                                                            std::string body) {
  http::ClientRequest request;
  request.method = method;
  request.to = parts_.control;
  request.target = std::move(target);
  request.body = std::move(body);
  if (!request.body.empty()) {
    request.fields.add("Content-Type", "application/json");
  }
  request.deadline = parts_.loop.now() + kCallPatience;
  auto answer = co_await client_.call(std::move(request));
  co_return answer;
}

io::Task<Operator::Outcome> Operator::write(wire::Method method, std::string target,
                                            std::string body) {
  const std::string what = fmt::format("operator: {} {}", wire::method_name(method), target);
  const auto answer = co_await call(method, std::move(target), std::move(body));
  if (!answer) {
    parts_.ledger.note(fmt::format("{}: {}", what, base::describe(answer.error())));
    // One that reached nobody did nothing.
    co_return answer.error().code == base::Code::kRefused ? Outcome::kRefused : Outcome::kUnknown;
  }
  parts_.ledger.note(fmt::format("{}: {}", what, answer->status));
  // A removal that finds nothing has its effect: the client sends one again whose answer was lost.
  if (answer->status == 200 || (method == wire::Method::kDelete && answer->status == 404)) {
    co_return Outcome::kDone;
  }
  if (answer->status != 500 && answer->status != 503) {
    parts_.ledger.complain(fmt::format("{} got {}: {}", what, answer->status, answer->body));
  }
  // A failing disk may keep what it said it did not (store.h).
  co_return Outcome::kUnknown;
}

void Operator::learn(std::size_t backend, std::optional<std::uint64_t> wanted, Outcome outcome) {
  if (outcome == Outcome::kDone) {
    known_[backend] = {wanted};
  } else if (outcome == Outcome::kUnknown) {
    known_[backend].insert(wanted);
  }
}

io::Task<Operator::Outcome> Operator::put(std::size_t backend) {
  const BackendPlan& plan = parts_.plan.backends[backend];
  const std::uint64_t turn = ++turn_;
  json::object body{
      {"service_name", plan.service},
      {"service_id", plan.instance},
      {"address", "127.0.0.1"},
      {"port", parts_.ports[backend]},
      {"weight", 50 + random_.below(100)},
      {"metadata", json::object{{"turn", turn}}},
      {"health_check", json::object{{"interval", "1s"}, {"deregister_after", "off"}}}};
  const Outcome outcome =
      co_await write(wire::Method::kPost, fmt::format("{}/register", kApi), json::serialize(body));
  learn(backend, turn, outcome);
  co_return outcome;
}

io::Task<Operator::Outcome> Operator::remove(std::size_t backend) {
  const std::string& instance = parts_.plan.backends[backend].instance;
  const Outcome outcome = co_await write(
      wire::Method::kDelete, fmt::format("{}/deregister/{}", kApi, instance), std::string());
  learn(backend, std::nullopt, outcome);
  co_return outcome;
}

io::Task<Operator::Outcome> Operator::configure() {
  constexpr std::array<std::string_view, 8> kStrategies{
      "round_robin", "least_connections", "weighted", "random", "ip_hash",
      "maglev",      "ring_hash",         "p2c_ewma"};
  const std::string& service = parts_.plan.services[random_.below(parts_.plan.services.size())];
  const Outcome outcome =
      co_await write(wire::Method::kPost,
                     fmt::format("{}/configure/load-balancer?strategy={}&service={}", kApi,
                                 kStrategies[random_.below(kStrategies.size())], service),
                     std::string());
  co_return outcome;
}

io::Task<void> Operator::register_all() {
  for (std::size_t backend = 0; backend < known_.size(); ++backend) {
    for (;;) {
      const Outcome outcome = co_await put(backend);
      if (outcome == Outcome::kDone) {
        break;
      }
      base::ignore(co_await parts_.loop.sleep_for(kAgain), "ends either way");
    }
  }
}

io::Task<void> Operator::run(Operator* self) {
  while (!self->is_finishing_) {
    const auto pause =
        self->random_.below(static_cast<std::uint64_t>(self->parts_.plan.write_pace.count()) * 2);
    const auto slept =
        co_await self->parts_.loop.sleep_for(base::Nanos(static_cast<std::int64_t>(pause)));
    if (!slept) {
      co_return;
    }
    const std::size_t backend = self->random_.below(self->known_.size());
    // The first one of each service stays: a service without instances is another story.
    const bool may_go = !self->parts_.plan.backends[backend].instance.ends_with("-0");
    Outcome outcome{};
    if (self->random_.unit() < 0.2) {
      outcome = co_await self->configure();
    } else if (may_go && self->random_.unit() < 0.5) {
      outcome = co_await self->remove(backend);
    } else {
      outcome = co_await self->put(backend);
    }
    if (outcome == Outcome::kUnknown) {
      base::ignore(co_await self->parts_.loop.sleep_for(kSettled), "ends either way");
    }
  }
}

io::Task<void> Operator::check_all() {
  for (;;) {
    const auto answer =
        co_await call(wire::Method::kGet, fmt::format("{}/services", kApi), std::string());
    if (answer && answer->status == 200) {
      check(base::parse_json(answer->body).value_or(json::value()));
      co_return;
    }
    base::ignore(co_await parts_.loop.sleep_for(kAgain), "ends either way");
  }
}

void Operator::check(const json::value& listing) {
  std::map<std::string, std::uint64_t, std::less<>> listed;
  for (const json::value& row : listing.at("services").as_array()) {
    listed[std::string(row.at("id").as_string())] =
        row.at("metadata").at("turn").to_number<std::uint64_t>();
  }
  for (std::size_t backend = 0; backend < known_.size(); ++backend) {
    const std::string& instance = parts_.plan.backends[backend].instance;
    const auto found = listed.find(instance);
    const auto is = found == listed.end() ? std::nullopt : std::optional(found->second);
    if (!known_[backend].contains(is)) {
      parts_.ledger.complain(fmt::format("{} is registered by turn {}, which is none of {}",
                                         instance, is ? std::to_string(*is) : "none",
                                         known_[backend].size()));
    }
  }
}

}  // namespace weft::sim
