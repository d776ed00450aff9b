// A node among others that share its store: what is its share, and what it passes on.
#include "health/probe_text.h"
#include "node/node.h"

#include <fmt/format.h>

namespace weft::node {

using namespace std::chrono_literals;

namespace {

// PostgreSQL often starts together with the mesh. chosen: half a minute is what most give it.
constexpr int kOpenTriesMax = 30;
constexpr base::Nanos kOpenPause = 1s;

using OpenedStore = base::Result<std::unique_ptr<state::Store>>;

// A server may take its time to answer; a file is opened at once.
io::Task<OpenedStore> opened_store(Ground* ground, io::Loop* loop, const StoreChoice* choice) {
  if (choice->database.kind != DatabaseUrl::Kind::kPostgres) {
    co_return ground->open_store(*choice);
  }
  const auto open = [ground, choice] { return ground->open_store(*choice); };
  co_return co_await ground->disk_pool().run(*loop, open);
}

}  // namespace

StoreChoice Node::store_choice() {
  return {.directory = settings_.data_dir,
          .database = settings_.database,
          .schema = settings_.database_schema,
          .retention = {.changes_max = settings_.history_max_changes,
                        .age_max = settings_.history_max_age},
          .log = &log_};
}

io::Task<std::optional<StartFailure>> Node::open_store() {
  const StoreChoice choice = store_choice();
  const bool is_awaited = choice.database.kind == DatabaseUrl::Kind::kPostgres;
  for (int tries = 1;; ++tries) {
    auto store = co_await opened_store(&ground_, &loop_, &choice);
    if (store) {
      store_ = std::move(*store);
      co_return std::nullopt;
    }
    const base::Error& error = store.error();
    const bool may_come =
        error.code == base::Code::kUnavailable || error.code == base::Code::kTimeout;
    if (!is_awaited || !may_come || tries >= kOpenTriesMax) {
      co_return StartFailure{fmt::format("{}: {}", describe(choice), base::describe(error))};
    }
    log_.warning(
        "the database is waited for",
        {{"where", describe(choice)}, {"error", base::describe(error)}, {"seconds", tries}});
    const auto slept = co_await loop_.sleep_for(kOpenPause);
    if (!slept) {
      co_return StartFailure{"stopped"};
    }
  }
}

io::Task<std::optional<StartFailure>> Node::join_others() {
  membership_ = std::make_unique<membership::Membership>(
      membership::Membership::Parts{loop_, *state_, log_, meters_},
      membership::Identity{facts_.name, node_id_});
  const auto joined = co_await membership_->join();
  if (!joined) {
    co_return StartFailure{
        fmt::format("{}: {}", describe(store_choice()), base::describe(joined.error()))};
  }
  co_return std::nullopt;
}

// Only what shares a store has something to share out.
void Node::share_work(health::MonitorSinks& sinks, state::SessionKeeper::Sharing& sessions) {
  if (!state_->is_shared()) {
    return;
  }
  shares_ = std::make_unique<membership::Shares>(*state_->view());
  talk_ = std::make_unique<membership::Talk>(
      loop_, *state_, log_,
      membership::Talk::Sinks{[this](const membership::Report& report) { on_report(report); },
                              [this](const std::string& session) { on_renewal(session); }});
  sinks.owns = [this](const health::OwnerKey& key) { return owns(key); };
  sinks.apply = [this](model::Command command) {
    return apply(this, membership::as_share_of(facts_.name, std::move(command)));
  };
  sinks.forward_ttl = [this](const model::CheckKey& check,
                             const health::TtlReport& report) -> base::Result<void> {
    talk_->tell({.node = std::string(check.node),
                 .instance = std::string(check.instance),
                 .check = std::string(check.check),
                 .status = report.status,
                 .output = health::printable(std::string(report.output),
                                             membership::Talk::kOutputBytesMax)});
    return {};
  };
  sessions.owns = [this](const model::Session& session) { return is_own(*shares_, session); };
  sessions.forward = [this](const std::string& session) { talk_->tell_renewal(session); };
  sessions.as_ours = [this](model::Command command) {
    return membership::as_share_of(facts_.name, std::move(command));
  };
}

template <class T>
bool Node::is_own(const membership::Shares& shares, const T& object) const {
  const model::Node* owner = shares.owner_of(object);
  return owner == nullptr || owner->name == facts_.name;
}

bool Node::owns(const health::OwnerKey& key) const {
  const model::View& view = *state_->view();
  if (!key.node.empty()) {
    const auto* row = view.find<model::Node>(key.node);
    return row == nullptr || is_own(*shares_, row->object);
  }
  const auto* row = view.find<model::Instance>(key.instance);
  return row == nullptr || is_own(*shares_, row->object);
}

bool Node::leads(std::string_view work) const {
  const model::Node* owner = shares_ != nullptr ? shares_->owner_of(work) : nullptr;
  return owner == nullptr || owner->name == facts_.name;
}

// Returns: whether somebody came or went, so that shares are others now.
bool Node::follow_nodes(const state::FeedBatch& batch) {
  if (shares_ == nullptr) {
    return false;
  }
  bool is_changed = false;
  for (const model::Change& change : batch.changes) {
    const auto before = change.before_as<model::Node>();
    const auto after = change.after_as<model::Node>();
    const bool was_alive = before && before->object.is_weft_alive();
    const bool is_alive = after && after->object.is_weft_alive();
    is_changed = is_changed || was_alive != is_alive;
  }
  if (is_changed) {
    *shares_ = membership::Shares(*batch.view);
    log_.info("the work is shared anew", {{"nodes", shares_->nodes()}});
  }
  return is_changed;
}

void Node::on_report(const membership::Report& report) {
  const model::CheckKey check{report.node, report.instance, report.check};
  if (owns({check.node, check.instance})) {
    base::ignore(health_->report_ttl(check, {report.status, report.output}),
                 "the check has gone meanwhile");
  }
}

void Node::on_renewal(const std::string& session) {
  const auto* row = state_->view()->find<model::Session>(session);
  if (row != nullptr && is_own(*shares_, row->object)) {
    sessions_->renew(session);
  }
}

}  // namespace weft::node
