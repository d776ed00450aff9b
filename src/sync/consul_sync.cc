#include "sync/consul_sync.h"

#include "base/uuid.h"
#include "model/setting.h"

#include <utility>

namespace weft::sync {
namespace {

using base::Result;

// The mesh as others know it: written once, the same for all nodes that share it.
constexpr const char* kMeshIdKey = "mesh.id";

std::string mesh_id_in(const model::View& view) {
  const auto* row = view.find<model::Setting>(kMeshIdKey);
  const json::string* text = row != nullptr ? row->object.value.if_string() : nullptr;
  return text != nullptr && base::is_uuid(*text) ? std::string(*text) : std::string();
}

}  // namespace

// From becoming the one who syncs until ceasing to be.
struct ConsulSync::Term {
  Term(const ConsulSync& sync, SyncMeters& meters, Reach& reach, const std::string& mesh_id)
      : consul(sync.parts_.loop, sync.parts_.resolver,
               {.address = sync.options_.address, .token = sync.options_.token}),
        parts{sync.parts_.loop, sync.parts_.state, sync.parts_.log, consul, reach, meters},
        in(parts, {.mesh_id = mesh_id, .prefix = sync.options_.prefix}, sync.options_.speed,
           goes_in(sync.options_.direction) ? Inward::Takes::kAll : Inward::Takes::kNothing),
        out(parts,
            {.mesh_id = mesh_id,
             .mesh_name = sync.options_.mesh_name,
             .own_address = sync.options_.own_address},
            sync.options_.speed,
            goes_out(sync.options_.direction) ? Outward::Sends::kAll : Outward::Sends::kNothing) {}

  ConsulClient consul;
  SyncParts parts;
  Inward in;
  Outward out;
};

ConsulSync::ConsulSync(const Parts& parts, Options options, IsLeader is_leader)
    : parts_(parts),
      options_(std::move(options)),
      is_leader_(std::move(is_leader)),
      meters_(parts.meters),
      reach_(parts.loop, parts.log, meters_, options_.address.to_string()),
      changed_(parts.loop) {}

ConsulSync::~ConsulSync() = default;

void ConsulSync::start() { scope_.spawn("consul sync", run()); }

io::Task<void> ConsulSync::stop() {
  co_await scope_.stop();
  co_await end_term();
}

// Returns: false when it is to end.
io::Task<bool> ConsulSync::wait_until(bool leads) {
  while (is_leader() != leads) {
    const auto woken = co_await changed_.wait();
    if (!woken) {
      co_return false;
    }
  }
  co_return true;
}

io::Task<void> ConsulSync::run() {
  for (;;) {
    const bool leads = co_await wait_until(true);
    if (!leads) {
      co_return;
    }
    const auto begun = co_await begin_term();
    if (!begun) {
      parts_.log.warning("the sync with Consul cannot begin yet",
                         {{"error", base::describe(begun.error())}});
      const auto slept = co_await parts_.loop.sleep_for(options_.speed.pause_max);
      if (!slept) {
        co_return;
      }
      continue;
    }
    const bool is_over = co_await wait_until(false);
    if (!is_over) {
      co_return;
    }
    co_await end_term();
  }
}

io::Task<Result<void>> ConsulSync::begin_term() {
  WEFT_CO_TRY(const std::string id, co_await mesh_id());
  term_ = std::make_unique<Term>(*this, meters_, reach_, id);
  term_->in.start();
  term_->out.start();
  co_return Result<void>();
}

io::Task<void> ConsulSync::end_term() {
  if (term_ == nullptr) {
    co_return;
  }
  co_await term_->in.stop();
  co_await term_->out.stop();
  term_.reset();
  reach_.forget();
}

io::Task<Result<std::string>> ConsulSync::mesh_id() {
  std::string id = mesh_id_in(*parts_.state.view());
  if (!id.empty()) {
    co_return id;
  }
  model::Setting setting;
  setting.key = kMeshIdKey;
  setting.value = json::value(base::make_uuid(parts_.loop.random()));
  model::Command command;
  command.actor = kSyncActor;
  command.steps.emplace_back(model::Put{std::move(setting), model::Condition::absent()});
  const auto applied = co_await parts_.state.apply(std::move(command));
  id = mesh_id_in(*parts_.state.view());
  if (!id.empty()) {  // ours, or that of a node that was faster
    co_return id;
  }
  co_return base::fail(applied ? base::Error{.code = base::Code::kInvalid,
                                             .what = "the setting mesh.id is not a UUID"}
                               : applied.error());
}

}  // namespace weft::sync
