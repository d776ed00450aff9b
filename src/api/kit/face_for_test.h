// A face asked without a socket: the parts of a node with a store in memory and a data plane that
// answers what the test says.
#pragma once

#include "api/kit/parts.h"
#include "http/dispatch_for_test.h"
#include "io/resolver.h"
#include "state/store_memory.h"

#include <gtest/gtest.h>

#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::api::kit {

// Thread: its loop.
class DataPlaneForTest final : public DataPlane {
 public:
  std::vector<Call> calls;
  std::optional<CallFailure> failure;
  CallAnswer answer;
  std::vector<LoopView> loops;      // what they say of whatever is asked
  std::uint64_t adopted_index = 0;  // what was waited for last

  io::Task<std::expected<CallAnswer, CallFailure>> call(Call call) override {
    calls.push_back(std::move(call));
    if (failure) {
      co_return std::unexpected(*failure);
    }
    co_return answer;
  }
  std::optional<balance::BreakerState> breaker(std::uint32_t /*instance*/) const override {
    return std::nullopt;
  }
  std::optional<std::uint32_t> active(std::uint32_t /*instance*/) const override {
    return std::nullopt;
  }
  io::Task<std::vector<LoopView>> endpoints(std::vector<EndpointRef> /*asked*/) override {
    co_return loops;
  }
  io::Task<void> adopted(std::uint64_t index) override {
    adopted_index = index;
    co_return;
  }
  void reset_breaker(std::uint32_t /*service*/, std::uint32_t /*instance*/) override {}
  std::uint64_t breaker_trips(std::uint32_t /*service*/,
                              balance::BreakerState /*state*/) const override {
    return 0;
  }
};

// A test adds the routes of its face to `router`. Probes are not sent: only instances that report
// by themselves are told to the monitor.
class FaceForTest : public http::DispatchForTest {
 public:
  explicit FaceForTest(std::string name = {}) {
    node.name = std::move(name);
    loop.run_until_done(start());
    health.start(*state.view());
    sessions.start();
    following_ = state.feed().subscribe([this](const state::FeedBatch& batch) { follow(batch); });
  }
  ~FaceForTest() { loop.run_until_done(stop()); }

  // The JSON of the answer; null when it has none.
  json::value ask_json(std::string_view method, std::string_view target, std::string body = {},
                       http::Headers headers = {}) {
    const http::Response response = ask(method, target, std::move(body), std::move(headers));
    status = response.status;
    return base::parse_json(response.body_text()).value_or(json::value());
  }

  // "body.health_check.interval" of each field the last answer refuses, in its order.
  static std::vector<std::string> refused(const json::value& answer) {
    std::vector<std::string> out;
    const auto* object = answer.if_object();
    const json::value* detail = object == nullptr ? nullptr : object->if_contains("detail");
    if (detail == nullptr || !detail->is_array()) {
      return {"no list of fields: " + base::write_json(answer)};
    }
    for (const json::value& one : detail->get_array()) {
      std::string where;
      for (const json::value& step : one.at("loc").get_array()) {
        where += where.empty() ? "" : ".";
        where += step.is_string() ? std::string(step.get_string()) : base::write_json(step);
      }
      out.push_back(std::move(where));
    }
    return out;
  }

  std::ostringstream log_text;
  base::Log log{{.queue_lines = 0}, log_text};
  io::BlockingPool pool{1};
  state::StoreMemory store;
  io::FixedResolver resolver;
  NodeFacts node;
  const state::StateParts state_parts{loop, pool, store, log, meters};
  state::State state{state_parts, state::State::Options{}};
  state::Past past{state_parts, state};
  health::Monitor health{
      health::Monitor::Parts{loop, resolver, log, meters},
      health::Monitor::Options{},
      {.apply = [this](model::Command command) { return apply(this, std::move(command)); },
       .outcome = {}}};
  metrics::Traffic traffic;
  DataPlaneForTest data_plane;
  base::Limits limits;
  state::SessionKeeper sessions{loop, state, log};
  const Parts parts{loop, state, sessions, health, traffic, data_plane, meters, limits, node, past};
  int status = 0;

 private:
  static io::Task<base::Result<void>> apply(FaceForTest* face, model::Command command) {
    const auto applied = co_await face->state.apply(std::move(command));
    co_return applied ? base::Result<void>() : base::Result<void>(base::fail(applied.error()));
  }
  io::Task<void> start() {
    const auto started = co_await state.start();
    EXPECT_TRUE(started) << base::describe(started.error());
  }
  io::Task<void> stop() {
    co_await health.stop();
    co_await sessions.stop();
    following_.end();
    co_await state.stop();
  }
  void follow(const state::FeedBatch& batch) {
    std::vector<model::Change> heard;
    for (const model::Change& change : batch.changes) {
      const auto instance = change.after_as<model::Instance>();
      const bool is_probed = instance != nullptr && !instance->object.checks.empty() &&
                             model::is_probed(instance->object.checks[0].kind);
      if (!is_probed) {
        heard.push_back(change);
      }
    }
    health.on_changes(heard, *batch.view);
  }

  state::Feed::Subscription following_;
};

}  // namespace weft::api::kit
