#include "api/mesh/drain.h"

#include "api/kit/written.h"
#include "http/endpoint.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace weft::api::mesh {
namespace {

using base::Code;
using base::Result;
using http::Context;

using namespace std::chrono_literals;

constexpr std::size_t kReasonLengthMax = 1024;  // as model::Instance has it
// While somebody waits the loops are asked this often; each answer costs them a microsecond.
constexpr base::Nanos kLookInterval = 50ms;

constexpr double kWaitSecondsMax = 600;  // Consul: as long as a blocking query may take

constexpr base::Field kInstanceField = base::field("instance_id").length(1, 255);

struct DrainRequest {
  std::string instance_id;
  std::optional<std::string> reason;

  static constexpr auto kFields =
      base::fields(kInstanceField, base::field("reason")
                                       .length(0, kReasonLengthMax)
                                       .about("why, for people; as it was when it is not given"));
};
BOOST_DESCRIBE_STRUCT(DrainRequest, (), (instance_id, reason))

struct DrainPath {
  std::string instance_id;

  static constexpr auto kFields = base::fields(kInstanceField);
};
BOOST_DESCRIBE_STRUCT(DrainPath, (), (instance_id))

struct DrainQuestion {
  std::string instance_id;
  base::Nanos wait{0};

  static constexpr auto kFields = base::fields(
      kInstanceField, base::field("wait")
                          .in_query()
                          .range(0, kWaitSecondsMax)
                          .about("answer when the drain is done, after at most so long, as 30s"));
};
BOOST_DESCRIBE_STRUCT(DrainQuestion, (), (instance_id, wait))

struct DrainOnLoop {
  std::string loop;
  bool adopted = false;
  std::uint32_t active = 0;
};
BOOST_DESCRIBE_STRUCT(DrainOnLoop, (), (loop, adopted, active))

struct DrainState {
  std::string instance_id;
  std::string service_name;
  bool drained = false;
  std::string reason;
  bool done = false;
  std::uint64_t active = 0;
  std::size_t loops_active = 0;
  std::size_t loops_waited_for = 0;
  std::vector<DrainOnLoop> loops;

  static constexpr auto kFields =
      base::fields(base::field("drained").about("it is to get no new requests"),
                   base::field("done").about("no loop sends it new requests and none is under way"),
                   base::field("active").about("requests and upgraded connections under way at it"),
                   base::field("loops_active").about("loops that have such"),
                   base::field("loops_waited_for").about("loops that may still send it new ones"));
};
BOOST_DESCRIBE_STRUCT(DrainState, (),
                      (instance_id, service_name, drained, reason, done, active, loops_active,
                       loops_waited_for, loops))

// Nobody is asked about a loop that has no state of the instance: it has never called it.
io::Task<Result<DrainState>> drain_state(const kit::Parts* parts, Context* context,
                                         const std::string* id) {
  const auto view = parts->state.view();
  const auto* row = view->find<model::Instance>(*id);
  if (row == nullptr) {
    co_return context->refuse(Code::kNotFound, "Instance not found");
  }
  const auto* service = view->find<model::Service>(row->object.service);
  DrainState out;
  out.instance_id = row->object.id;
  out.service_name = row->object.service;
  out.drained = !row->object.enabled;
  out.reason = row->object.disabled_reason;
  std::vector<kit::EndpointRef> asked{{service != nullptr ? service->number : 0, row->number}};
  const auto loops = co_await parts->data_plane.endpoints(std::move(asked));
  for (const kit::LoopView& loop : loops) {
    const std::uint32_t active = loop.endpoints.empty() ? 0 : loop.endpoints.front().active;
    const bool is_adopted = loop.index >= row->modified_index;
    out.active += active;
    out.loops_active += active > 0 ? 1 : 0;
    out.loops_waited_for += is_adopted ? 0 : 1;
    out.loops.push_back({loop.loop, is_adopted, active});
  }
  out.done = out.drained && out.active == 0 && out.loops_waited_for == 0;
  co_return out;
}

// A wait counts as one for a change (limits.watchers), and ends when the instance changes.
io::Task<Result<DrainState>> await_drain(const kit::Parts* parts, Context* context,
                                         DrainQuestion question) {
  const base::MonoTime deadline = context->loop.now() + question.wait;
  for (;;) {
    const std::uint64_t index = parts->state.feed().index();
    auto now = co_await drain_state(parts, context, &question.instance_id);
    if (!now || now->done || !now->drained || context->loop.now() >= deadline) {
      co_return now;
    }
    const auto changed = co_await parts->state.feed().wait_for_change(
        state::Interest::of_key(model::Table::kInstances, question.instance_id), index,
        std::min(deadline, context->loop.now() + kLookInterval));
    if (!changed && changed.error().code != Code::kTimeout) {
      co_return base::fail(changed.error());
    }
  }
}

io::Task<Result<DrainState>> set_rotation(const kit::Parts* parts, Context* context,
                                          model::SetRotation wanted) {
  const std::string id = wanted.key;
  std::vector<model::Step> steps;
  steps.emplace_back(std::move(wanted));
  const auto applied = co_await kit::write(*parts, *context, std::move(steps));
  if (!applied && applied.error().code == Code::kNotFound) {
    co_return context->refuse(Code::kNotFound, "Instance not found");
  }
  if (!applied) {
    co_return base::fail(applied.error());
  }
  co_return co_await drain_state(parts, context, &id);
}

}  // namespace

void add_drain_routes(http::Router& router, const http::FaceStyle& style, const kit::Parts& parts) {
  constexpr const char* kPath = "/api/v1/mesh/v2/instances/{instance_id}/drain";
  const kit::Parts* p = &parts;
  router.add(style, http::endpoint<DrainRequest, DrainState>(
                        "PUT", kPath,
                        {"Send an instance no new requests; those under way end by themselves",
                         "mesh v2",
                         {404, 503}},
                        [p](Context& context, DrainRequest request) {
                          return set_rotation(p, &context,
                                              {std::move(request.instance_id),
                                               model::Rotation::kOut, std::move(request.reason)});
                        }));
  router.add(style, http::endpoint<DrainPath, DrainState>(
                        "DELETE", kPath, {"Send an instance requests again", "mesh v2", {404, 503}},
                        [p](Context& context, DrainPath request) {
                          return set_rotation(
                              p, &context,
                              {std::move(request.instance_id), model::Rotation::kIn, {}});
                        }));
  router.add(style, http::endpoint<DrainQuestion, DrainState>(
                        "GET", kPath,
                        {"How far the drain of an instance is; waits for its end when asked to",
                         "mesh v2",
                         {404, 503}},
                        [p](Context& context, DrainQuestion question) {
                          return await_drain(p, &context, std::move(question));
                        }));
}

}  // namespace weft::api::mesh
