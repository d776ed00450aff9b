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
      known_(parts_.plan.backends.size(), Possible{Standing{}}) {}

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
  if (answer->status == 200) {
    co_return Outcome::kDone;
  }
  // A removal that finds nothing has its effect: the client sends one again whose answer was lost.
  // A drain may be of one that was removed.
  if (answer->status == 404 && (method == wire::Method::kDelete || method == wire::Method::kPut)) {
    co_return Outcome::kAbsent;
  }
  if (answer->status != 500 && answer->status != 503) {
    parts_.ledger.complain(fmt::format("{} got {}: {}", what, answer->status, answer->body));
  }
  // A failing disk may keep what it said it did not (store.h).
  co_return Outcome::kUnknown;
}

template <typename Change>
void Operator::learn(std::size_t backend, Outcome outcome, Change change) {
  if (outcome == Outcome::kRefused) {
    return;
  }
  if (outcome == Outcome::kAbsent) {
    known_[backend] = {Standing{}};
    return;
  }
  Possible after;
  for (const Standing& before : known_[backend]) {
    after.insert(change(before));
    if (outcome == Outcome::kUnknown) {
      after.insert(before);
    }
  }
  known_[backend] = std::move(after);
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
  // One that is there stays drained; one that was removed comes back in rotation.
  learn(backend, outcome, [turn](const Standing& before) {
    return Standing{turn, before.turn && before.is_drained};
  });
  co_return outcome;
}

io::Task<Operator::Outcome> Operator::remove(std::size_t backend) {
  const std::string& instance = parts_.plan.backends[backend].instance;
  parts_.ledger.allow_requests(instance);
  const Outcome outcome = co_await write(
      wire::Method::kDelete, fmt::format("{}/deregister/{}", kApi, instance), std::string());
  learn(backend, outcome, [](const Standing&) { return Standing{}; });
  co_return outcome;
}

std::string Operator::drain_target(std::size_t backend) const {
  return fmt::format("{}/instances/{}/drain", kApi, parts_.plan.backends[backend].instance);
}

void Operator::learn_rotation(std::size_t backend, Outcome outcome, model::Rotation rotation) {
  if (outcome == Outcome::kAbsent && !known_[backend].contains(Standing{})) {
    parts_.ledger.complain(fmt::format("{} is not there, and nobody removed it",
                                       parts_.plan.backends[backend].instance));
  }
  learn(backend, outcome, [rotation](const Standing& before) {
    return Standing{before.turn, before.turn && rotation == model::Rotation::kOut};
  });
}

io::Task<Operator::Outcome> Operator::drain(std::size_t backend) {
  const Outcome outcome = co_await write(wire::Method::kPut, drain_target(backend), "{}");
  learn_rotation(backend, outcome, model::Rotation::kOut);
  if (outcome == Outcome::kDone) {
    co_await await_drained(backend);
  }
  co_return outcome;
}

io::Task<void> Operator::await_drained(std::size_t backend) {
  const auto answer =
      co_await call(wire::Method::kGet, drain_target(backend) + "?wait=2s", std::string());
  const json::value drain = answer && answer->status == 200
                                ? base::parse_json(answer->body).value_or(json::value())
                                : json::value();
  const bool is_done = drain.is_object() && drain.at("done").as_bool();
  parts_.ledger.note(fmt::format("operator: the drain is {}done", is_done ? "" : "not "));
  if (is_done) {
    parts_.ledger.forbid_requests(parts_.plan.backends[backend].instance);
  }
}

io::Task<Operator::Outcome> Operator::undrain(std::size_t backend) {
  parts_.ledger.allow_requests(parts_.plan.backends[backend].instance);
  const Outcome outcome =
      co_await write(wire::Method::kDelete, drain_target(backend), std::string());
  learn_rotation(backend, outcome, model::Rotation::kIn);
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

// One thing an operator may do. The first instance of each service stays: a service without
// instances is another story.
io::Task<Operator::Outcome> Operator::act(std::size_t backend) {
  const bool may_go = !parts_.plan.backends[backend].instance.ends_with("-0");
  if (random_.unit() < 0.2) {
    return configure();
  }
  if (!may_go) {
    return put(backend);
  }
  const double choice = random_.unit();
  if (choice < 0.35) {
    return remove(backend);
  }
  if (choice < 0.5) {
    return drain(backend);
  }
  return choice < 0.6 ? undrain(backend) : put(backend);
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
    const Outcome outcome = co_await self->act(backend);
    if (outcome == Outcome::kUnknown) {
      base::ignore(co_await self->parts_.loop.sleep_for(kSettled), "ends either way");
    }
  }
}

io::Task<json::value> Operator::ask(std::string target) {
  for (;;) {
    const auto answer = co_await call(wire::Method::kGet, target, std::string());
    if (answer && answer->status == 200) {
      co_return base::parse_json(answer->body).value_or(json::value());
    }
    base::ignore(co_await parts_.loop.sleep_for(kAgain), "ends either way");
  }
}

io::Task<void> Operator::check_all() {
  const json::value listing = co_await ask(fmt::format("{}/services", kApi));
  std::map<std::string, std::uint64_t, std::less<>> turns;
  for (const json::value& row : listing.at("services").as_array()) {
    turns[std::string(row.at("id").as_string())] =
        row.at("metadata").at("turn").to_number<std::uint64_t>();
  }
  for (std::size_t backend = 0; backend < known_.size(); ++backend) {
    const std::string& instance = parts_.plan.backends[backend].instance;
    Standing is;
    if (const auto found = turns.find(instance); found != turns.end()) {
      const json::value drain = co_await ask(drain_target(backend));
      is = {found->second, drain.at("drained").as_bool()};
    }
    if (!known_[backend].contains(is)) {
      parts_.ledger.complain(fmt::format("{} is registered by turn {}{}, which is none of {}",
                                         instance, is.turn ? std::to_string(*is.turn) : "none",
                                         is.is_drained ? " and drained" : "",
                                         known_[backend].size()));
    }
  }
}

}  // namespace weft::sim
