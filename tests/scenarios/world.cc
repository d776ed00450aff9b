#include "world.h"

#include "base/check.h"
#include "base/described_decode.h"
#include "base/text.h"
#include "io/sim_world.h"
#include "io/socket.h"
#include "messages.h"
#include "model/labels.h"
#include "model/snapshot.h"
#include "proxy/worker.h"
#include "script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

namespace weft::scenario {
namespace {

constexpr std::uint16_t kWorldGatewayPort = 8080;
constexpr std::uint16_t kFirstInstancePort = 9001;
constexpr std::uint32_t kFirstInstanceNumber = 101;
constexpr base::Nanos kVeryLong = base::Seconds(36'000);
constexpr std::string_view kOwnAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr std::string_view kTurn = "@i@";  // stands for the number of the request

base::SocketAddress loopback_at(std::uint16_t port) {
  return {base::IpAddress::loopback(), port, {}};
}

// What the players of a world have seen.
struct WorldSeen {
  std::map<int, std::uint64_t> statuses;  // 0: no answer
  std::map<std::string, std::vector<std::string>> requests;
  base::Nanos slowest{0};
  std::string client;
  std::uint64_t asked = 0;
};

model::Health health_named(std::string_view name) {
  if (name == "critical") {
    return model::Health::kCritical;
  }
  return name == "warning" ? model::Health::kWarning : model::Health::kPassing;
}

// What a mistake in a script ends with; nobody plays on.
template <class T>
T decoded(const json::value& in, const char* what) {
  auto value = base::decode<T>(in, {.unknown = base::UnknownFields::kRefuse});
  if (!value) {
    for (const auto& error : value.error()) {
      fmt::print(stderr, "{}: {}: {}\n", what, error.where(), error.message);
    }
  }
  WEFT_ASSERT(value);
  return *std::move(value);
}

model::Endpoint endpoint_at(const World& world, std::size_t i, base::Nanos now) {
  const Instance& instance = world.instances[i];
  model::Endpoint endpoint;
  endpoint.number = kFirstInstanceNumber + static_cast<std::uint32_t>(i);
  endpoint.instance = instance.name;
  endpoint.address = "127.0.0.1";
  endpoint.port = static_cast<std::uint16_t>(kFirstInstancePort + i);
  endpoint.weight = instance.weight;
  const bool fails = instance.fails_checks && now >= *instance.fails_checks;
  endpoint.health = fails ? model::Health::kCritical : health_named(instance.health);
  endpoint.is_local = instance.is_local;
  endpoint.labels = base::Boxed<model::Labels>(model::make_labels(instance.version, instance.tags));
  return endpoint;
}

std::shared_ptr<const proxy::RouteIndex> index_at(const World& world, base::Nanos now) {
  std::vector<model::Cluster> clusters;
  std::set<std::string> services;
  for (const Instance& instance : world.instances) {
    services.insert(instance.service);
  }
  for (const std::string& service : services) {
    model::Cluster cluster;
    cluster.number = static_cast<std::uint32_t>(clusters.size() + 1);
    cluster.service = service;
    json::object settings{{"service", service}};
    if (const auto given = world.settings.find(service); given != world.settings.end()) {
      for (const auto& entry : given->second.as_object()) {
        settings.insert_or_assign(entry.key(), entry.value());
      }
    }
    cluster.settings = decoded<model::ClusterSettings>(settings, "settings");
    for (std::size_t i = 0; i < world.instances.size(); ++i) {
      const Instance& instance = world.instances[i];
      if (instance.service == service && instance.joins <= now &&
          (!instance.leaves || now < *instance.leaves)) {
        cluster.endpoints.push_back(endpoint_at(world, i, now));
      }
    }
    clusters.push_back(std::move(cluster));
  }
  std::vector<json::value> routes = world.routes;
  if (routes.empty()) {
    routes.emplace_back(json::object());
  }
  std::vector<model::Route> made;
  for (const json::value& route : routes) {
    json::object object = route.as_object();
    object.emplace("id", fmt::format("r{}", made.size() + 1));
    object.emplace("destinations", json::array{json::object{{"service", "web"}}});
    made.push_back(decoded<model::Route>(object, "route"));
  }
  return std::make_shared<proxy::RouteIndex>(
      model::make_snapshot(std::move(clusters), std::move(made)));
}

// One instance: answers as its script says, in the order in which requests come.
class InstancePlayer final {
 public:
  InstancePlayer(io::Loop& loop, const Instance& instance, std::uint16_t port, WorldSeen& seen)
      : loop_(loop), instance_(instance), requests_(seen.requests[instance.name]) {
    if (instance.refuses) {
      return;
    }
    auto listener = io::listen(loop, loopback_at(port), {});
    WEFT_ASSERT(listener);
    listener_ = std::move(*listener);
    scope_.spawn("instance", accept(this));
  }

  io::Task<void> stop() { co_await scope_.stop(); }

 private:
  static io::Task<void> accept(InstancePlayer* self) {
    for (;;) {
      auto accepted = co_await self->listener_.accept();
      if (!accepted) {
        co_return;
      }
      self->scope_.spawn("instance connection", serve(self, std::move(accepted->socket)));
    }
  }

  static io::Task<void> serve(InstancePlayer* self, io::Socket socket) {
    std::string bytes;
    for (;;) {
      const std::size_t end = message_end(bytes, true, Ending::kWithHead);
      if (end != std::string::npos) {
        self->requests_.push_back(bytes.substr(0, end));
        bytes.erase(0, end);
        const bool goes_on = co_await self->say(&socket, self->next_answer());
        if (!goes_on || self->instance_.closes) {
          co_return;
        }
        continue;
      }
      std::array<char, 16384> piece;
      const auto count = co_await socket.recv(piece, self->loop_.now() + kVeryLong);
      if (!count || *count == 0) {
        co_return;
      }
      bytes.append(piece.data(), *count);
    }
  }

  // Null: the answer everybody gives who has no script.
  const Answer* next_answer() {
    const auto& answers = instance_.answers;
    while (at_ < answers.size() && answers[at_].times && given_ >= *answers[at_].times) {
      given_ = 0;
      ++at_;
    }
    ++given_;
    return at_ < answers.size() ? &answers[at_] : nullptr;
  }

  io::Task<bool> say(io::Socket* socket, const Answer* answer) {
    if (answer == nullptr || answer->pieces.empty()) {
      const auto sent = co_await socket->send(kOwnAnswer, loop_.now() + kVeryLong);
      co_return sent.has_value();
    }
    for (const Piece& piece : answer->pieces) {
      base::ignore(co_await loop_.sleep_for(piece.pause), "ends either way");
      if (piece.bytes.empty()) {
        continue;
      }
      const auto sent = co_await socket->send(piece.bytes, loop_.now() + kVeryLong);
      if (!sent) {
        co_return false;
      }
    }
    co_return true;
  }

  io::Loop& loop_;
  const Instance& instance_;
  std::vector<std::string>& requests_;
  std::size_t at_ = 0;
  std::uint64_t given_ = 0;
  io::Listener listener_;
  io::TaskScope scope_;
};

// A client that asks, hears the whole answer, and asks again; on a new connection when it must.
class ClientPlayer final {
 public:
  ClientPlayer(io::Loop& loop, const Scenario& scenario, WorldSeen& seen)
      : loop_(loop), scenario_(scenario), world_(*scenario.world), seen_(seen) {
    scope_.spawn("client", run(this));
  }

  bool has_ended() const { return scope_.size() == 0; }
  io::Task<void> stop() { co_await scope_.stop(); }

 private:
  static io::Task<void> run(ClientPlayer* self) {
    for (std::size_t i = 0; i < self->world_.times; ++i) {
      const base::MonoTime began = self->loop_.now();
      const int status = co_await self->ask();
      ++self->seen_.statuses[status];
      self->seen_.slowest = std::max(self->seen_.slowest, self->loop_.now() - began);
      if (self->world_.every.count() > 0) {
        base::ignore(co_await self->loop_.sleep_for(self->world_.every), "ends either way");
      }
    }
    self->socket_.close();
  }

  std::string next_request() {
    std::string out;
    for (const Piece& piece : scenario_.client) {
      out += piece.bytes;
    }
    const std::string number = std::to_string(seen_.asked++);
    for (std::size_t at = 0; (at = out.find(kTurn, at)) != std::string::npos;) {
      out.replace(at, kTurn.size(), number);
    }
    return out;
  }

  // Returns: the status, 0 when the connection ended without an answer.
  io::Task<int> ask() {
    const std::string request = next_request();
    if (!socket_) {
      auto socket = co_await io::connect(loop_, loopback_at(kWorldGatewayPort), base::kNever);
      if (!socket) {
        co_return 0;
      }
      socket_ = std::move(*socket);
    }
    const auto sent = co_await socket_.send(request, loop_.now() + kVeryLong);
    std::string bytes;
    while (sent) {
      if (const std::size_t end = answer_end(bytes); end != std::string::npos) {
        seen_.client += bytes;
        if (!field_of(bytes.substr(0, bytes.find(kHeadEnd)), "Connection").empty()) {
          socket_.close();
        }
        co_return status_of(bytes);
      }
      std::array<char, 16384> piece;
      const auto count = co_await socket_.recv(piece, loop_.now() + kVeryLong);
      if (!count || *count == 0) {
        break;
      }
      bytes.append(piece.data(), *count);
    }
    seen_.client += bytes;
    socket_.close();
    co_return 0;
  }

  static int status_of(std::string_view bytes) {
    const auto status = base::parse_u64(bytes.substr(std::min<std::size_t>(9, bytes.size()), 3));
    return bytes.starts_with("HTTP/1.1 ") && status ? static_cast<int>(*status) : -1;
  }

  static std::size_t answer_end(std::string_view bytes) {
    const int status = status_of(bytes);
    return message_end(bytes, status != 204 && status != 304, Ending::kWithHead);
  }

  io::Loop& loop_;
  const Scenario& scenario_;
  const World& world_;
  WorldSeen& seen_;
  io::Socket socket_;
  io::TaskScope scope_;
};

// Everything of one performance, in the order in which it is taken down.
struct Players {
  std::vector<std::unique_ptr<ClientPlayer>> clients;
  std::vector<std::unique_ptr<InstancePlayer>> instances;
  io::TaskScope changes;
};

// Hands the gateway a new index whenever an instance joins, leaves or fails its checks.
io::Task<void> change_world(const World* world, io::Loop* loop, proxy::Worker* worker) {
  std::set<base::Nanos> times;
  for (const Instance& instance : world->instances) {
    times.insert(instance.joins);
    times.insert(instance.leaves.value_or(base::Nanos(0)));
    times.insert(instance.fails_checks.value_or(base::Nanos(0)));
  }
  const base::MonoTime begun = loop->now();
  for (const base::Nanos time : times) {
    if (time.count() == 0) {
      continue;
    }
    if (const auto slept = co_await loop->sleep_until(begun + time); !slept) {
      co_return;
    }
    worker->adopt(index_at(*world, time));
  }
}

io::Task<void> end_players(Players* players, proxy::Worker* worker, bool* ended) {
  for (const auto& client : players->clients) {
    co_await client->stop();
  }
  co_await players->changes.stop();
  co_await worker->stop();
  for (const auto& instance : players->instances) {
    co_await instance->stop();
  }
  *ended = true;
}

WorldSeen perform_world(const Scenario& scenario) {
  const World& world = *scenario.world;
  WorldSeen seen;
  io::SimWorld sim(1);
  io::Loop& gateway = sim.add_loop("gateway");
  io::Loop& outside = sim.add_loop("outside");
  proxy::Worker worker(gateway, 0, {}, {});
  worker.adopt(index_at(world, base::Nanos(0)));
  WEFT_ASSERT(worker.listen(loopback_at(kWorldGatewayPort)));
  Players players;
  for (std::size_t i = 0; i < world.instances.size(); ++i) {
    players.instances.push_back(std::make_unique<InstancePlayer>(
        outside, world.instances[i], static_cast<std::uint16_t>(kFirstInstancePort + i), seen));
  }
  for (std::size_t i = 0; i < world.clients; ++i) {
    players.clients.push_back(std::make_unique<ClientPlayer>(outside, scenario, seen));
  }
  players.changes.spawn("changes", change_world(&world, &gateway, &worker));
  WEFT_ASSERT(sim.run_until(
      [&] {
        return std::ranges::all_of(players.clients,
                                   [](const auto& client) { return client->has_ended(); });
      },
      kVeryLong));
  // What is sent on the side (mirrors) may still be on its way.
  sim.run_until([] { return false; }, base::Seconds(1));
  bool ended = false;
  io::TaskScope scope;
  scope.spawn("end", end_players(&players, &worker, &ended));
  WEFT_ASSERT(sim.run_until([&] { return ended; }, kVeryLong));
  return seen;
}

std::string as_text(const Counts& counts) {
  return counts.least == counts.most ? std::to_string(counts.least)
                                     : fmt::format("{}..{}", counts.least, counts.most);
}

void judge_sight(const InstanceSight& sight, const WorldSeen& seen,
                 std::vector<std::string>& complaints) {
  const auto found = seen.requests.find(sight.instance);
  const std::vector<std::string> none;
  const std::vector<std::string>& requests = found == seen.requests.end() ? none : found->second;
  if (sight.requests) {
    if (!sight.requests->holds(requests.size())) {
      complaints.push_back(fmt::format("{} got {} requests, expected {}", sight.instance,
                                       requests.size(), as_text(*sight.requests)));
    }
    return;
  }
  const bool has = std::ranges::any_of(
      requests, [&](const std::string& request) { return request.contains(sight.text); });
  if (has != sight.wanted) {
    complaints.push_back(fmt::format("{} {} '{}'", sight.instance,
                                     sight.wanted ? "did not see" : "saw", sight.text));
  }
}

std::vector<std::string> judge_world(const Scenario& scenario, const WorldSeen& seen) {
  const World& world = *scenario.world;
  std::vector<std::string> out;
  std::uint64_t expected = 0;
  for (const auto& [status, counts] : world.statuses) {
    const auto found = seen.statuses.find(status);
    const std::uint64_t count = found == seen.statuses.end() ? 0 : found->second;
    expected += count;
    if (!counts.holds(count)) {
      out.push_back(fmt::format("the clients got {} answers {}, expected {}", count, status,
                                as_text(counts)));
    }
  }
  std::uint64_t all = 0;
  for (const auto& [status, count] : seen.statuses) {
    all += count;
  }
  if (!world.statuses.empty() && expected != all) {
    std::string others;
    for (const auto& [status, count] : seen.statuses) {
      others += fmt::format(" {}*{}", status, count);
    }
    out.push_back(fmt::format("the clients got other answers as well:{}", others));
  }
  for (const InstanceSight& sight : world.sights) {
    judge_sight(sight, seen, out);
  }
  for (const Sight& sight : scenario.sights) {
    if (sight.by == Player::kClient && seen.client.contains(sight.text) != sight.wanted) {
      out.push_back(fmt::format("the client {} '{}'", sight.wanted ? "did not see" : "saw",
                                as_script(sight.text)));
    }
  }
  if (world.took && (seen.slowest < world.took->first || seen.slowest > world.took->second)) {
    out.push_back(fmt::format(
        "the slowest request took {}, expected {}..{}", base::format_duration(seen.slowest),
        base::format_duration(world.took->first), base::format_duration(world.took->second)));
  }
  return out;
}

}  // namespace

std::vector<std::string> play_world(const Scenario& scenario, std::string* talk) {
  const WorldSeen seen = perform_world(scenario);
  if (talk != nullptr) {
    *talk = fmt::format("--- the clients saw\n{}\n", as_script(seen.client));
    for (const auto& [name, requests] : seen.requests) {
      *talk += fmt::format("--- {} got {} requests{}\n", name, requests.size(),
                           requests.empty() ? "" : ", the first");
      *talk += requests.empty() ? "" : as_script(requests.front()) + "\n";
    }
  }
  return judge_world(scenario, seen);
}

}  // namespace weft::scenario
