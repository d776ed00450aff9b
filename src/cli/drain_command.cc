#include "cli/drain_command.h"

#include "base/described_decode.h"
#include "base/text.h"
#include "cli/nearest.h"
#include "cli/options.h"
#include "cli/overview.h"
#include "io/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

namespace weft::cli {
namespace {

using namespace std::chrono_literals;

// One question waits so long at the node; then the progress is shown anew.
constexpr base::Nanos kAskInterval = 1s;

struct DrainOptions {
  ApiOptions api;
  std::string instance;
  std::string reason;
  std::string timeout = "30s";
  bool wait = false;
};

// The state of a drain as decoded, and as it came for --json.
struct Answered {
  DrainInfo info;
  json::value sent;
};

std::string drain_path(const std::string& instance) {
  return fmt::format("{}/instances/{}/drain", kMeshApi, base::percent_encode(instance));
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

Failure unknown_instance(ApiSession& session, const std::string& instance) {
  std::vector<std::string> ids;
  if (const auto fetched = fetch_overview(session)) {
    for (const ServiceInfo& service : fetched->overview.services) {
      for (const InstanceInfo& one : service.instances) {
        ids.push_back(one.id);
      }
    }
  }
  const auto meant = nearest(instance, ids);
  return {fmt::format("no instance '{}'; {}'weft endpoints' lists them", instance,
                      meant ? fmt::format("did you mean '{}'? ", *meant) : ""),
          1, 404};
}

Outcome<Answered> answered(ApiSession& session, const DrainOptions& options,
                           Outcome<json::value> answer) {
  if (!answer) {
    return std::unexpected(answer.error().status == 404
                               ? unknown_instance(session, options.instance)
                               : answer.error());
  }
  const auto info = base::decode<DrainInfo>(*answer);
  if (!info) {
    return std::unexpected(
        Failure{fmt::format("{} answered something else than the state of a drain; is it a node of "
                            "this version?",
                            session.url().text)});
  }
  return Answered{*info, std::move(*answer)};
}

// One line that is written over by the next, on a terminal.
class ProgressLine final {
 public:
  ProgressLine() : is_shown_(io::is_terminal(io::StandardStream::kErr)) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { show(""); }

  void show(const std::string& text) const {
    if (is_shown_) {
      fmt::print(stderr, "\r\x1b[K{}", text);
      static_cast<void>(std::fflush(stderr));
    }
  }

 private:
  const bool is_shown_;
};

Outcome<Answered> await_drain(ApiSession& session, const DrainOptions& options, Answered now) {
  const base::MonoTime deadline =
      session.now() + base::parse_duration(options.timeout).value_or(0s);
  const ProgressLine line;
  while (!now.info.done) {
    const base::Nanos left = deadline - session.now();
    if (!now.info.drained) {
      return std::unexpected(
          Failure{fmt::format("{} was put back into rotation meanwhile", options.instance)});
    }
    if (left <= base::Nanos(0)) {
      return std::unexpected(Failure{
          fmt::format("after {}, {}; it gets no new ones, 'weft drain {} --wait' goes on waiting",
                      options.timeout, drain_progress(now.info), options.instance)});
    }
    line.show(drain_progress(now.info));
    const std::string wait = base::format_duration(std::min(left, kAskInterval));
    auto next =
        answered(session, options,
                 session.fetch(fmt::format("{}?wait={}", drain_path(options.instance), wait)));
    if (!next && next.error().status == 404) {
      return std::unexpected(Failure{fmt::format(
          "{} was deregistered meanwhile; whether requests to it are still under way is "
          "not known",
          options.instance)});
    }
    if (!next) {
      return next;
    }
    now = std::move(*next);
  }
  return now;
}

Outcome<void> drain_instance(const DrainOptions& options) {
  auto session = ApiSession::open(options.api.url);
  if (!session) {
    return std::unexpected(session.error());
  }
  json::object body;
  if (!options.reason.empty()) {
    body["reason"] = options.reason;
  }
  auto state = answered(**session, options,
                        (*session)->call(wire::Method::kPut, drain_path(options.instance), body));
  if (state && options.wait) {
    state = await_drain(**session, options, std::move(*state));
  }
  if (!state) {
    return std::unexpected(state.error());
  }
  if (options.api.json) {
    print_json(state->sent);
    return {};
  }
  if (options.wait) {
    fmt::print("{} is drained: no loop sends it requests and none is under way\n",
               options.instance);
    return {};
  }
  fmt::print("{}; 'weft drain {} --wait' says when it may be stopped\n",
             drain_progress(state->info), options.instance);
  return {};
}

Outcome<void> undrain_instance(const DrainOptions& options) {
  auto session = ApiSession::open(options.api.url);
  if (!session) {
    return std::unexpected(session.error());
  }
  const auto state = answered(
      **session, options, (*session)->call(wire::Method::kDelete, drain_path(options.instance)));
  if (!state) {
    return std::unexpected(state.error());
  }
  if (options.api.json) {
    print_json(state->sent);
    return {};
  }
  fmt::print("{} gets requests again\n", options.instance);
  return {};
}

std::string check_timeout(const std::string& text) {
  const auto parsed = base::parse_duration(text);
  return parsed && *parsed > base::Nanos(0) ? "" : "expected a duration, as 30s or 5m";
}

Option instance_argument(DrainOptions& out) {
  return {.name = "INSTANCE",
          .about = "The id of an instance, as 'weft endpoints' shows it",
          .into = &out.instance,
          .required = true,
          .kind = ValueKind::kInstance};
}

}  // namespace

std::string drain_progress(const DrainInfo& info) {
  if (info.loops_waited_for > 0) {
    return fmt::format("{}: {} may still send it requests", info.instance_id,
                       counted(info.loops_waited_for, "loop"));
  }
  return info.active == 0
             ? fmt::format("{}: no request under way", info.instance_id)
             : fmt::format("{}: {} under way on {}", info.instance_id,
                           counted(info.active, "request"), counted(info.loops_active, "loop"));
}

Command drain_command() {
  auto options = std::make_shared<DrainOptions>();
  Command command{
      .name = "drain",
      .about = "Send an instance no new requests, and say when it may be stopped",
      .options = {instance_argument(*options),
                  {.name = "--wait",
                   .about = "Until every loop has heard of it and no request is under way",
                   .into = &options->wait},
                  {.name = "--timeout",
                   .about = "Wait at most so long (default 30s); then the exit code is 1",
                   .into = &options->timeout,
                   .shown = "DURATION",
                   .check = check_timeout,
                   .needs = {"--wait"}},
                  {.name = "--reason",
                   .about = "Why, for those who look at it later",
                   .into = &options->reason,
                   .shown = "TEXT"}}};
  add_api_options(command, options->api);
  command.run = [options](const Command&) {
    const auto done = drain_instance(*options);
    return done ? 0 : fail("drain", done.error(), options->api.form());
  };
  return command;
}

Command undrain_command() {
  auto options = std::make_shared<DrainOptions>();
  Command command{.name = "undrain",
                  .about = "Send an instance requests again",
                  .options = {instance_argument(*options)}};
  add_api_options(command, options->api);
  command.run = [options](const Command&) {
    const auto done = undrain_instance(*options);
    return done ? 0 : fail("undrain", done.error(), options->api.form());
  };
  return command;
}

}  // namespace weft::cli
