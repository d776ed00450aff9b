// Who hears of what. Intent goes down: changes -> snapshot -> loops. Experience comes up: records
// and breaker events -> metrics, health, faces.
#include "node/node.h"

#include <fmt/format.h>

namespace weft::node {

using namespace std::chrono_literals;

namespace {

// The caller's records and breakers come from no worker loop.
constexpr std::uint16_t kCallerLoop = 0xffff;

}  // namespace

void Node::wire() {
  proxy::WorkerSinks sinks;
  sinks.records = [this](std::vector<model::Record> records) { on_records(std::move(records)); };
  sinks.breakers = [this](proxy::BreakerEvent event) { on_breaker(event); };
  sinks.suspects = [this](std::uint32_t instance) { passive_->suspect(instance); };
  sinks.meters = &meters_;
  caller_ = std::make_unique<proxy::Caller>(loop_, resolver_.get(), kCallerLoop, std::move(sinks));
  plane_view_ = std::make_unique<DataPlaneView>(loop_, plane_, *caller_, meters_);
  make_health();
  parts_ = std::make_unique<api::kit::Parts>(api::kit::Parts{loop_, *state_, *sessions_, *health_,
                                                             traffic_, *plane_view_, meters_,
                                                             settings_.limits, facts_, *past_});
  ui_ = std::make_unique<api::ui::Hub>(*parts_);
  ui_->start();
  streams_ = std::make_unique<api::mesh::ChangeStreams>(*parts_);
  subscription_ =
      state_->feed().subscribe([this](const state::FeedBatch& batch) { on_changes(batch); });
}

void Node::make_health() {
  health::Monitor::Options options;
  options.allowed_networks = settings_.health_networks.list;
  options.allow_scripts = settings_.consul_scripts;
  health::MonitorSinks sinks;
  sinks.apply = [this](model::Command command) { return apply(this, std::move(command)); };
  sinks.outcome = [this](const health::ProbeOutcome& outcome) { on_probe(outcome); };
  state::SessionKeeper::Sharing sharing;
  share_work(sinks, sharing);
  sessions_ = std::make_unique<state::SessionKeeper>(loop_, *state_, log_, std::move(sharing));
  health_ = std::make_unique<health::Monitor>(
      health::Monitor::Parts{loop_, *resolver_, log_, meters_}, options, std::move(sinks));
  passive_ = std::make_unique<health::Passive>(
      loop_, [this](std::uint32_t instance) { health_->check_now(instance); });
  health_->start(*state_->view());
}

void Node::start_consul_sync() {
  if (!settings_.consul_sync_address.at) {
    return;
  }
  const auto* self = state_->view()->find<model::Node>(facts_.name);
  sync::ConsulSync::Options options{.address = *settings_.consul_sync_address.at,
                                    .direction = settings_.consul_sync_direction,
                                    .prefix = settings_.consul_sync_prefix,
                                    .token = settings_.consul_sync_token.text,
                                    .mesh_name = settings_.mesh_name,
                                    .own_address = self != nullptr ? self->object.address : ""};
  options.speed.interval = settings_.consul_sync_interval;
  options.speed.stale_after = 10 * settings_.consul_sync_interval;
  consul_sync_ = std::make_unique<sync::ConsulSync>(
      sync::ConsulSync::Parts{loop_, resolver_.get(), *state_, log_, meters_}, std::move(options),
      [this] { return leads("consul sync"); });
  consul_sync_->start();
}

io::Task<base::Result<void>> Node::apply(Node* node, model::Command command) {
  const auto applied = co_await node->state_->apply(std::move(command));
  if (!applied) {
    co_return base::fail(applied.error());
  }
  co_return base::Result<void>();
}

void Node::on_changes(const state::FeedBatch& batch) {
  for (const model::Change& change : batch.changes) {
    compiler_.note(change);
    if (const auto gone = change.before_as<model::Instance>();
        gone && !model::has_row(change.after)) {
      traffic_.forget_instance(gone->number);
      plane_view_->forget_instance(gone->number);
    }
    if (const auto gone = change.before_as<model::Service>();
        gone && !model::has_row(change.after)) {
      traffic_.forget_service(gone->number);
    }
  }
  const bool is_shared_anew = follow_nodes(batch);
  health_->on_changes(batch.changes, *batch.view);
  if (is_shared_anew) {
    health_->reconsider();
    sessions_->reconsider();
    if (consul_sync_) {
      consul_sync_->leadership_changed();
    }
  }
  if (dns_ && !has_left_) {
    dns_->on_changes(batch.changes, batch.view);
  }
  if (!compiler_.is_dirty()) {
    return;
  }
  plane_view_->expect(batch.view->index());
  // Batches that arrive in one turn share a snapshot.
  if (!publish_posted_) {
    publish_posted_ = true;
    loop_.post([this] {
      publish_posted_ = false;
      publish_snapshot();
    });
  }
}

void Node::publish_snapshot() {
  const model::View& view = *state_->view();
  index_ = index_ != nullptr
               ? std::make_shared<const proxy::RouteIndex>(*index_, compiler_.compile(view))
               : std::make_shared<const proxy::RouteIndex>(compiler_.compile_all(view));
  plane_.publish(index_);
  caller_->adopt(index_);
}

void Node::on_records(std::vector<model::Record> records) {
  traffic_.fold(records, loop_.wall_now());
  passive_->fold(records);
}

void Node::on_breaker(proxy::BreakerEvent event) { plane_view_->on_breaker(event); }

// A passing probe of an instance whose breaker is open ends that (contract/sutazai.md §1.1).
void Node::on_probe(const health::ProbeOutcome& outcome) {
  if (outcome.status == model::CheckStatus::kPassing && plane_view_->is_broken(outcome.instance)) {
    plane_.on_check_passed(outcome.service, outcome.instance);
    caller_->on_check_passed(outcome.service, outcome.instance);
  }
}

// Once a second: what the loops are doing.
io::Task<void> Node::keep_house(Node* node) {
  for (;;) {
    if (const auto slept = co_await node->loop_.sleep_for(1s); !slept) {
      co_return;
    }
    auto active = co_await node->plane_.active();
    node->plane_view_->on_active(std::move(active));
  }
}

}  // namespace weft::node
