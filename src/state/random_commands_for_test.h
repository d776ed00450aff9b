// Commands of every kind over a handful of keys, the same for the same seed: what tests of the past
// are made of. Some of them are refused.
#pragma once

#include "base/random.h"
#include "model/command.h"
#include "model/view.h"
#include "state/command_fixture_for_test.h"

#include <string>
#include <string_view>
#include <utility>

namespace weft::state {

// Thread: one at a time.
class RandomCommands final {
 public:
  explicit RandomCommands(std::uint64_t seed) : random_(seed) {}

  model::Command next() {
    model::Command command{.actor = "tester", .steps = {}};
    for (std::uint64_t steps = 1 + random_.below(3); steps > 0; --steps) {
      command.steps.push_back(step());
    }
    return command;
  }

 private:
  bool is_lucky(std::uint64_t of) { return random_.below(of) == 0; }
  std::string name(std::string_view kind, std::uint64_t of) {
    return std::string(kind) + std::to_string(random_.below(of));
  }

  model::Step step() {
    switch (random_.below(12)) {
      case 0:
      case 1:
      case 2:
        return model::Put{instance(), {}};
      case 3:
        return model::Put{service(), {}};
      case 4:
        return model::Put{route(), {}};
      case 5:
        return model::Put{settings(), {}};
      case 6:
        return model::Put{node(), {}};
      case 7:
        return model::Put{entry(), {}};
      case 8:
        return model::Put{setting(), {}};
      case 9:
        return rotation();
      case 10:
        return check_status();
      default:
        return removal();
    }
  }

  model::Instance instance() {
    model::Instance out = make_instance(name("i", 8), name("s", 4),
                                        static_cast<std::uint32_t>(80 + random_.below(2)));
    if (is_lucky(2)) {
      out.node = name("n", 3);
    }
    if (is_lucky(2)) {
      out.checks.emplace_back();
    }
    if (is_lucky(6)) {
      out.enabled = false;
      out.disabled_reason = "new and out";
    }
    return out;
  }
  model::Service service() {
    model::Service out;
    out.name = name("s", 4);
    out.version = name("", 2);
    return out;
  }
  model::Route route() {
    model::Route out = make_route(name("r", 4), is_lucky(3) ? "" : name("route", 4));
    out.destinations[0].service = name("s", 4);
    return out;
  }
  model::ClusterSettings settings() {
    model::ClusterSettings from;
    from.retry.retries = static_cast<std::uint32_t>(random_.below(4));
    from.timeouts.request = base::Seconds(1 + random_.below(4));
    model::ClusterSettings out;
    out.service = is_lucky(3) ? std::string(model::kEveryService) : name("s", 4);
    out.own.emplace();
    if (is_lucky(2)) {
      model::take_setting(out, from, "retry.retries");
    }
    if (is_lucky(2)) {
      model::take_setting(out, from, "timeouts.request");
    }
    return out;
  }
  model::Node node() {
    model::Node out;
    out.name = name("n", 3);
    out.address = name("10.0.0.", 3);
    return out;
  }
  model::KvEntry entry() {
    model::KvEntry out;
    out.key = name("k", 5);
    out.flags = random_.below(3);
    return out;
  }
  model::Setting setting() {
    model::Setting out;
    out.key = name("x", 3);
    out.value = random_.below(3);
    return out;
  }
  model::SetRotation rotation() {
    const bool is_node = is_lucky(3);
    return {.key = is_node ? name("n", 3) : name("i", 8),
            .rotation = is_lucky(2) ? model::Rotation::kIn : model::Rotation::kOut,
            .reason = name("why", 2),
            .table = is_node ? model::Table::kNodes : model::Table::kInstances};
  }
  model::Put check_status() {
    return {make_check_state(
                name("i", 8), name("s", 4),
                is_lucky(2) ? model::CheckStatus::kCritical : model::CheckStatus::kPassing),
            {}};
  }
  model::Delete removal() {
    const auto from = [&](model::Table table, std::string key) {
      return model::Delete{table, std::move(key), {}};
    };
    switch (random_.below(7)) {
      case 0:
        return from(model::Table::kServices, name("s", 4));
      case 1:
        return from(model::Table::kRoutes, name("r", 4));
      case 2:
        return from(model::Table::kClusters,
                    is_lucky(2) ? std::string(model::kEveryService) : name("s", 4));
      case 3:
        return from(model::Table::kNodes, name("n", 3));
      case 4:
        return from(model::Table::kKv, name("k", 5));
      case 5:
        return from(model::Table::kSettings, name("x", 3));
      default:
        return from(model::Table::kInstances, name("i", 8));
    }
  }

  base::Random random_;
};

}  // namespace weft::state
