#include "api/consul/snapshot.h"

#include "api/consul/reading.h"
#include "api/consul/style.h"
#include "api/consul/wan.h"
#include "api/consul/writing.h"
#include "base/described_encode.h"
#include "base/described_enum.h"
#include "model/objects.h"
#include "state/codec.h"
#include "state/difference.h"
#include "state/draft.h"
#include "state/past.h"

#include <fmt/format.h>

#include <limits>
#include <set>
#include <utility>

namespace weft::api::consul {
namespace {

using base::Code;
using base::Result;
using http::Response;
using model::CheckState;
using model::Instance;
using model::Node;
using model::Table;
using model::View;
using ViewPtr = std::shared_ptr<const View>;

// Somebody else's write in between makes ours begin again; they cannot all lose for ever.
constexpr int kRestoreTriesMax = 8;
constexpr std::uint32_t kArchivedTables =
    state::kIntentTables | state::Interest::bit(Table::kCheckStatus);

// --- what is told of a check ---

bool is_told(const std::vector<model::CheckSpec>& checks, std::string_view id) {
  const model::CheckSpec* spec = model::find_check(checks, id);
  return spec != nullptr && spec->kind == model::CheckKind::kTold;
}

// Is it of a check that nobody runs, so that nobody would find it out again?
bool is_told(const View& view, const CheckState& check) {
  if (!check.node.empty()) {
    const auto* node = view.find<Node>(check.node);
    return node != nullptr && is_told(node->object.checks, check.check);
  }
  const auto* instance = view.find<Instance>(check.instance);
  return instance != nullptr && is_told(instance->object.checks, check.check);
}

// --- out ---

template <class T>
void archive_table(const View& view, std::vector<ArchivedObject>& out) {
  const std::string table(base::enum_name(model::table_of<T>()));
  for (const auto& row : view.all<T>()) {
    if constexpr (std::is_same_v<T, CheckState>) {
      if (!is_told(view, row->object)) {
        continue;
      }
    }
    out.push_back({table, base::encode_text(row->object)});
  }
}

std::string make_archive(const View& view, const Face& face, base::WallTime now) {
  return write_archive({.index = view.index(),
                        .time = now,
                        .node = face.own_node(),
                        .datacenter = face.options.datacenter,
                        .objects = archived_objects(view)});
}

io::Task<Response> save(const Face* face, http::Context* context) {
  const auto asked = parse_asked(*context, face->options.datacenter);
  if (!asked) {
    co_return answer_refusal(asked.error());
  }
  const ViewPtr view = face->parts.state.view();
  const auto pack = [view, face, now = context->loop.wall_now()]() -> std::string {
    return make_archive(*view, *face, now);
  };
  std::string bytes = co_await face->pool->run(context->loop, pack);
  add_index_headers(*context, *asked, view->index());
  co_return http::text_response(std::move(bytes), 200, "application/x-gzip");
}

// --- in ---

Result<ViewPtr> read_snapshot(const std::string& bytes) {
  WEFT_TRY(const Archive archive, read_archive(bytes));
  return view_of(archive);
}

// What was told is told again, where it is not known by now.
void add_told(const View& now, const View& then, std::vector<model::Step>& steps) {
  for (const auto& row : then.all<CheckState>()) {
    const CheckState& told = row->object;
    const auto* known = now.find<CheckState>(key_of(told));
    const auto* owner = told.node.empty() ? nullptr : then.find<Node>(told.node);
    const bool has_place =
        owner == nullptr || !owner->object.is_weft || now.find<Node>(told.node) != nullptr;
    if (has_place && is_told(then, told) && (known == nullptr || !(known->object == told))) {
      steps.emplace_back(model::Put{told, {}});
    }
  }
}

// The index of the change is assigned by the state; what is planned on is not limited twice.
state::CommandContext restoring_context(const Face& face) {
  constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
  return {.time = face.parts.loop.wall_now(),
          .limits = {.services_max = kNoLimit,
                     .instances_max = kNoLimit,
                     .rows_max = kNoLimit,
                     .steps_max = kNoLimit},
          .cluster_defaults = face.parts.node.cluster_defaults};
}

Refusal cannot_restore(const base::Error& error) {
  const int status = error.code == Code::kBodyTooLarge ? 413 : 400;
  return {status, fmt::format("Failed to restore the snapshot: {}", error.what)};
}

// Has nobody written what the plan is about since it was made?
bool is_still_as_planned(const Face& face, const View& now) {
  return state::differences(now, *face.parts.state.judged_view(), kArchivedTables).empty();
}

io::Task<Judged<Response>> restore(Request* request) {
  const Face& face = request->face;
  const auto unpack = [bytes = &request->context.request.body]() -> Result<ViewPtr> {
    return read_snapshot(*bytes);
  };
  const auto then = co_await face.pool->run(request->context.loop, unpack);
  if (!then) {
    co_return std::unexpected(cannot_restore(then.error()));
  }
  for (int tries = 1; tries <= kRestoreTriesMax; ++tries) {
    const ViewPtr now = face.parts.state.judged_view();
    auto plan = co_await face.parts.past.plan_rollback(now, *then, state::kIntentTables,
                                                       restoring_context(face));
    if (!plan) {
      co_return std::unexpected(cannot_restore(plan.error()));
    }
    add_told(*now, **then, plan->steps);
    if (plan->steps.empty()) {
      co_return done();
    }
    if (!is_still_as_planned(face, *now)) {
      continue;
    }
    const auto applied = co_await apply(request, std::move(plan->steps));
    if (applied) {
      co_return done();
    }
    if (applied.error().code != Code::kConflict) {
      co_return std::unexpected(refusal_of(applied.error()));
    }
  }
  co_return refuse(503, "Failed to restore the snapshot: others keep writing, try again");
}

}  // namespace

std::vector<ArchivedObject> archived_objects(const View& view) {
  std::vector<ArchivedObject> out;
  archive_table<Node>(view, out);
  archive_table<model::Service>(view, out);
  archive_table<Instance>(view, out);
  archive_table<CheckState>(view, out);
  archive_table<model::ClusterSettings>(view, out);
  archive_table<model::Route>(view, out);
  archive_table<model::Setting>(view, out);
  archive_table<model::KvEntry>(view, out);
  return out;
}

Result<ViewPtr> view_of(const Archive& archive) {
  state::Draft draft;
  std::set<std::pair<std::string, std::string>> keys;
  for (const ArchivedObject& one : archive.objects) {
    const auto object = state::decode_object(one.table, one.body);
    if (!object) {
      return base::fail(object.error().code,
                        object.error().code == Code::kUnsupported
                            ? "it has a table this version does not know"
                            : "one of its objects breaks the rules of its type",
                        base::Side::kClient);
    }
    if ((kArchivedTables & state::Interest::bit(model::table_of(*object))) == 0 ||
        !model::validate(*object).empty()) {
      return base::fail(Code::kInvalid, "one of its objects breaks the rules of its type",
                        base::Side::kClient);
    }
    std::string key = model::key_of(*object);
    if (!keys.emplace(one.table, key).second) {
      return base::fail(Code::kInvalid, "one of its objects is there twice", base::Side::kClient);
    }
    WEFT_TRY_VOID(draft.load({one.table, std::move(key), one.body, 1, 1}));
  }
  draft.set_index(archive.index);
  return draft.freeze();
}

void add_snapshot_routes(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_route(router, style, face,
            http::raw_route("GET", std::string(kSnapshotPath), {.tag = "consul", .is_hidden = true},
                            [f = &face](http::Context& context) { return save(f, &context); }));
  add_writing(router, style, face, "PUT", std::string(kSnapshotPath), restore);
}

}  // namespace weft::api::consul
