#include "sync/inward.h"

#include "base/text.h"
#include "model/origin.h"
#include "sync/backoff.h"
#include "sync/round.h"

#include <algorithm>
#include <utility>

namespace weft::sync {
namespace {

using base::Result;
using model::Instance;

// Steps of a command: much more than a few objects, much less than a command may have.
constexpr std::size_t kGroupsPerCommand = 64;

const char* path_of(Asked asked) {
  return asked == Asked::kServices ? "/v1/catalog/services" : "/v1/health/state/any";
}

bool concerns_sync(const Instance* instance) {
  return instance != nullptr &&
         (is_incoming(*instance) || model::is_sent_by_mesh(instance->metadata));
}

// Is the change one of something that came in, or may stand in for it?
bool concerns_sync(const model::Change& change) {
  switch (change.table()) {
    case model::Table::kInstances: {
      const auto before = change.before_as<Instance>();
      const auto after = change.after_as<Instance>();
      return concerns_sync(before != nullptr ? &before->object : nullptr) ||
             concerns_sync(after != nullptr ? &after->object : nullptr);
    }
    case model::Table::kNodes:
      return change.key().starts_with(kNodePrefix);
    case model::Table::kCheckStatus: {
      const std::string key = change.key();
      const model::CheckKey of = model::parse_check_key(key);
      return of.node.starts_with(kNodePrefix) || of.instance.starts_with(kNodePrefix);
    }
    default:
      return false;
  }
}

model::Command command_of(const std::vector<StepGroup>& groups, std::size_t from, std::size_t to) {
  model::Command command;
  command.actor = kSyncActor;
  for (std::size_t i = from; i < to; ++i) {
    command.steps.insert(command.steps.end(), groups[i].begin(), groups[i].end());
  }
  return command;
}

}  // namespace

void Inward::start() {
  subscription_ =
      parts_.state.feed().subscribe([this](const state::FeedBatch& batch) { on_changes(batch); });
  if (takes_ == Takes::kAll) {
    scope_.spawn("consul services", watch(Asked::kServices));
    scope_.spawn("consul checks", watch(Asked::kChecks));
  } else {
    has_names_ = has_digests_ = is_local_dirty_ = true;
  }
  scope_.spawn("consul in", work());
}

io::Task<void> Inward::stop() {
  stopping_ = true;
  subscription_.end();
  readers_.cancel();
  co_await scope_.stop();
}

io::Task<void> Inward::watch(Asked asked) {
  Backoff backoff(speed_.interval, speed_.pause_max);
  std::uint64_t index = 0;
  while (!stopping_) {
    const BlockingWait wait{index, speed_.wait};
    const auto answer = co_await parts_.consul.get(path_of(asked), wait);
    if (stopping_) {
      co_return;
    }
    const bool is_news = answer && (index == 0 || answer->index != index);
    const Result<void> taken = !answer   ? base::fail(answer.error())
                               : is_news ? take(asked, *answer)
                                         : Result<void>();
    base::Nanos pause = speed_.interval;
    if (taken) {
      // Consul: an index that goes back is a catalogue that began anew.
      index = answer->index < index ? 0 : answer->index;
      backoff.reset();
      parts_.reach.succeed(asked);
    } else {
      index = 0;
      pause = backoff.next(parts_.loop.random());
      fail(asked, taken.error());
    }
    wake_.notify_all();
    const auto slept = co_await parts_.loop.sleep_for(pause);
    if (!slept) {
      co_return;
    }
  }
}

Result<void> Inward::take(Asked asked, const ConsulAnswer& answer) {
  if (asked == Asked::kServices) {
    WEFT_TRY(std::vector<std::string> names, parse_service_names(answer.body));
    take_names(std::move(names));
  } else {
    WEFT_TRY(CheckDigests digests, parse_check_digests(answer.body));
    take_digests(std::move(digests));
  }
  return {};
}

// That something was registered or changed is all this says: every service is looked at.
void Inward::take_names(std::vector<std::string> names) {
  names_.clear();
  for (std::string& name : names) {
    if (!is_built_in(name)) {
      names_.insert(std::move(name));
    }
  }
  std::erase_if(known_, [this](const auto& service) { return !names_.contains(service.first); });
  dirty_ = names_;
  has_names_ = true;
  is_local_dirty_ = true;
}

void Inward::take_digests(CheckDigests digests) {
  is_local_dirty_ = is_local_dirty_ || !has_digests_;  // what came in may be marked as stale
  const auto each_difference = [](const auto& before, const auto& after, auto call) {
    for (const auto& [name, digest] : after) {
      const auto old = before.find(name);
      if (old == before.end() || old->second != digest) {
        call(name);
      }
    }
    for (const auto& [name, digest] : before) {
      if (!after.contains(name)) {
        call(name);
      }
    }
  };
  each_difference(digests_.services, digests.services, [this](const std::string& service) {
    if (names_.contains(service)) {
      dirty_.insert(service);
    }
  });
  each_difference(digests_.nodes, digests.nodes,
                  [this](const std::string& node) { mark_dirty_on(node); });
  digests_ = std::move(digests);
  has_digests_ = true;
}

void Inward::mark_dirty_on(std::string_view node) {
  for (const auto& [service, entries] : known_) {
    const bool is_there = std::ranges::any_of(
        entries, [node](const RemoteEntry& entry) { return entry.node.name == node; });
    if (is_there) {
      dirty_.insert(service);
    }
  }
}

void Inward::fail(Asked asked, const base::Error& error) {
  parts_.reach.fail(asked, error);
  (asked == Asked::kServices ? has_names_ : has_digests_) = false;
}

void Inward::on_changes(const state::FeedBatch& batch) {
  const bool concerns = std::ranges::any_of(batch.changes, [](const model::Change& change) {
    return change.actor != kSyncActor && concerns_sync(change);
  });
  if (concerns) {
    is_local_dirty_ = true;
    wake_.notify_all();
  }
}

bool Inward::has_work() const {
  return has_names_ && has_digests_ && (is_local_dirty_ || !dirty_.empty());
}

base::MonoTime Inward::stale_at() const {
  const auto since = parts_.reach.in_failing_since();
  return since && !is_marked_ ? *since + speed_.stale_after : base::kNever;
}

// Returns: false when it is to end.
io::Task<bool> Inward::rest() {
  while (!has_work() && stale_at() > parts_.loop.now()) {
    const auto woken = co_await wake_.wait(stale_at());
    if (!woken && woken.error().code == base::Code::kCancelled) {
      co_return false;
    }
  }
  co_return !stopping_;
}

io::Task<void> Inward::work() {
  Backoff backoff(speed_.interval, speed_.pause_max);
  for (;;) {
    const bool goes_on = co_await rest();
    if (!goes_on) {
      co_return;
    }
    const bool is_done = co_await look();
    if (is_done) {
      backoff.reset();
    }
    const base::Nanos pause = is_done ? speed_.interval : backoff.next(parts_.loop.random());
    const auto slept = co_await parts_.loop.sleep_for(pause);
    if (!slept) {
      co_return;
    }
  }
}

// Returns: false when it is to be tried again later.
io::Task<bool> Inward::look() {
  if (stale_at() <= parts_.loop.now()) {
    const bool is_marked = co_await mark_stale();
    if (!is_marked) {
      co_return false;
    }
  }
  if (!has_work()) {
    co_return true;
  }
  const bool is_read = co_await read_entries();
  if (!is_read) {
    co_return false;
  }
  if (!has_names_ || !has_digests_) {  // it went away meanwhile: what was read may be half of it
    co_return true;
  }
  const bool is_written = co_await reconcile();
  co_return is_written;
}

io::Task<bool> Inward::read_entries() {
  const std::set<std::string, std::less<>> names = std::exchange(dirty_, {});
  Round<std::string> round({names.begin(), names.end()}, [this](std::string name) {
    return read_service(this, std::move(name));
  });
  const bool is_read = co_await round.run(readers_, speed_.requests_at_once);
  for (std::string& name : round.rest()) {
    dirty_.insert(std::move(name));
  }
  if (is_read && takes_ == Takes::kAll) {
    parts_.reach.succeed(Asked::kEntries);
  }
  co_return is_read && !stopping_;
}

io::Task<bool> Inward::read_service(Inward* in, std::string name) {
  const auto answer =
      co_await in->parts_.consul.get("/v1/health/service/" + base::percent_encode(name));
  auto entries = answer ? parse_entries(answer->body)
                        : Result<std::vector<RemoteEntry>>(base::fail(answer.error()));
  if (entries) {
    if (in->names_.contains(name)) {
      in->known_.insert_or_assign(std::move(name), *std::move(entries));
    }
    co_return true;
  }
  in->dirty_.insert(std::move(name));
  if (entries.error().code != base::Code::kCancelled) {
    in->parts_.reach.fail(Asked::kEntries, entries.error());
  }
  co_return false;
}

io::Task<bool> Inward::reconcile() {
  is_local_dirty_ = false;
  const auto view = parts_.state.view();
  const IncomingSet wanted = make_incoming(known_, rules_, *view);
  log_refused(wanted.refused);
  const bool is_done = co_await write(incoming_steps(wanted, *view, parts_.loop.wall_now()));
  parts_.meters.instances_in.set(static_cast<std::int64_t>(wanted.instances.size()));
  if (is_done) {
    is_marked_ = false;
    parts_.meters.stale.set(0);
  } else {
    is_local_dirty_ = true;
  }
  co_return is_done;
}

io::Task<bool> Inward::mark_stale() {
  const auto view = parts_.state.view();
  is_marked_ = co_await write(stale_steps(*view, parts_.reach.in_heard_at()));
  if (is_marked_) {
    parts_.meters.stale.set(1);
  }
  co_return is_marked_;
}

// Many groups to a command; those of a command that is refused one by one, so that a bad one holds
// nobody up.
io::Task<bool> Inward::write(std::vector<StepGroup> groups) {
  std::size_t single_until = 0;
  std::size_t failed = 0;
  base::Error error;
  for (std::size_t at = 0; at < groups.size();) {
    const std::size_t end =
        at < single_until ? at + 1 : std::min(at + kGroupsPerCommand, groups.size());
    model::Command command = command_of(groups, at, end);
    const auto applied = co_await parts_.state.apply(std::move(command));
    if (!applied && applied.error().side == base::Side::kClient && end - at > 1) {
      single_until = end;
      continue;
    }
    if (applied) {
      parts_.meters.writes_in.add();
    } else {
      failed += end - at;
      error = applied.error();
    }
    at = end;
    if (stopping_) {
      co_return false;
    }
  }
  if (failed > 0) {
    parts_.meters.errors_in.add();
    parts_.log.warning("not all that Consul has could be written into the mesh",
                       {{"objects", failed}, {"error", base::describe(error)}});
  }
  co_return failed == 0;
}

void Inward::log_refused(const std::vector<std::string>& refused) {
  if (refused == refused_) {
    return;
  }
  refused_ = refused;
  if (!refused.empty()) {
    parts_.log.warning("instances of Consul are left out, for they break a rule of the mesh",
                       {{"count", refused.size()}, {"first", refused.front()}});
  }
}

}  // namespace weft::sync
