#include "sync/outward.h"

#include "base/text.h"
#include "sync/backoff.h"
#include "sync/round.h"

#include <algorithm>

namespace weft::sync {
namespace {

using base::Result;

bool matters_out(const model::Change& change) {
  const model::Table table = change.table();
  return change.actor != kSyncActor &&
         (table == model::Table::kInstances || table == model::Table::kNodes ||
          table == model::Table::kCheckStatus);
}

bool has_entry(const OutgoingSet& set, const OutgoingEntry& entry) {
  const auto found = set.find(entry.id);
  return found != set.end() && found->second == entry;
}

}  // namespace

void Outward::start() {
  subscription_ =
      parts_.state.feed().subscribe([this](const state::FeedBatch& batch) { on_changes(batch); });
  scope_.spawn("consul out", work());
}

io::Task<void> Outward::stop() {
  stopping_ = true;
  subscription_.end();
  writers_.cancel();
  co_await scope_.stop();
}

void Outward::on_changes(const state::FeedBatch& batch) {
  if (std::ranges::any_of(batch.changes, matters_out)) {
    is_dirty_ = true;
    wake_.notify_all();
  }
}

io::Task<bool> Outward::rest() {
  while (!is_dirty_ && is_listed_ && parts_.loop.now() < relist_at_) {
    const auto woken = co_await wake_.wait(relist_at_);
    if (!woken && woken.error().code == base::Code::kCancelled) {
      co_return false;
    }
  }
  co_return !stopping_;
}

io::Task<void> Outward::work() {
  Backoff backoff(speed_.interval, speed_.pause_max);
  for (;;) {
    const bool goes_on = co_await rest();
    if (!goes_on) {
      co_return;
    }
    const bool is_done = co_await look();
    if (is_done) {
      backoff.reset();
    } else {
      is_listed_ = false;
    }
    const base::Nanos pause = is_done ? speed_.interval : backoff.next(parts_.loop.random());
    const auto slept = co_await parts_.loop.sleep_for(pause);
    if (!slept) {
      co_return;
    }
  }
}

// Returns: false when it is to be tried again later.
io::Task<bool> Outward::look() {
  if (!is_listed_ || parts_.loop.now() >= relist_at_) {
    const auto listed = co_await list();
    if (!listed) {
      if (!stopping_) {
        parts_.reach.fail(Asked::kCatalogue, listed.error());
      }
      co_return false;
    }
  }
  is_dirty_ = false;
  const OutgoingSet wanted =
      sends_ == Sends::kAll ? make_outgoing(*parts_.state.view(), rules_) : OutgoingSet();
  Round<Write> round(writes_to(wanted),
                     [this](Write write) { return carry_out(this, std::move(write)); });
  const bool is_done = co_await round.run(writers_, speed_.requests_at_once);
  if (is_done) {
    parts_.reach.succeed(Asked::kCatalogue);
    parts_.meters.instances_out.set(static_cast<std::int64_t>(there_.entries.size()));
  }
  co_return is_done && !stopping_;
}

io::Task<Result<void>> Outward::list() {
  const std::string node = base::percent_encode(outgoing_node_name(rules_));
  WEFT_CO_TRY(const ConsulAnswer services, co_await parts_.consul.get("/v1/catalog/node/" + node));
  WEFT_CO_TRY(const ConsulAnswer checks, co_await parts_.consul.get("/v1/health/node/" + node));
  WEFT_CO_TRY(const NodeAnswer registered, parse_node(services.body));
  WEFT_CO_TRY(const std::vector<OwnedCheck> told, parse_node_checks(checks.body));
  there_ = read_outgoing(registered, told);
  refused_.clear();
  is_listed_ = true;
  relist_at_ = parts_.loop.now() + speed_.relist_after;
  co_return Result<void>();
}

std::vector<Outward::Write> Outward::writes_to(const OutgoingSet& wanted) const {
  using What = Write::What;
  std::vector<Write> writes;
  if (wanted.empty()) {
    if (there_.has_node) {
      writes.push_back({.what = What::kDropNode});
    }
    return writes;
  }
  for (const auto& [id, entry] : wanted) {
    if (!has_entry(there_.entries, entry) && !has_entry(refused_, entry)) {
      writes.push_back({What::kRegister, id, entry});
    }
  }
  for (const auto& [id, entry] : there_.entries) {
    if (!wanted.contains(id)) {
      writes.push_back({.what = What::kDeregister, .key = id});
    }
  }
  for (const std::string& check : there_.stray_checks) {
    writes.push_back({.what = What::kDropCheck, .key = check});
  }
  return writes;
}

json::object Outward::body_of(const Write& write) const {
  switch (write.what) {
    case Write::What::kRegister:
      return register_body(write.entry, rules_);
    case Write::What::kDeregister:
      return deregister_body(rules_, write.key);
    case Write::What::kDropCheck:
      return deregister_check_body(rules_, write.key);
    case Write::What::kDropNode:
      break;
  }
  return deregister_node_body(rules_);
}

io::Task<bool> Outward::carry_out(Outward* out, Write write) {
  const bool is_register = write.what == Write::What::kRegister;
  json::object body = out->body_of(write);
  const auto answer = co_await out->parts_.consul.put(
      is_register ? "/v1/catalog/register" : "/v1/catalog/deregister", std::move(body));
  if (answer) {
    out->parts_.meters.writes_out.add();
    out->note_done(write);
    co_return true;
  }
  if (answer.error().side == base::Side::kClient) {  // this one: others may be welcome
    out->note_refused(write, answer.error());
    co_return true;
  }
  if (!out->stopping_) {
    out->parts_.reach.fail(Asked::kCatalogue, answer.error());
  }
  co_return false;
}

void Outward::note_done(const Write& write) {
  switch (write.what) {
    case Write::What::kRegister:
      there_.has_node = true;
      there_.entries.insert_or_assign(write.key, write.entry);
      logged_.erase(write.key);
      break;
    case Write::What::kDeregister:
      there_.entries.erase(write.key);
      break;
    case Write::What::kDropCheck:
      std::erase(there_.stray_checks, write.key);
      break;
    case Write::What::kDropNode:
      there_ = {};
      break;
  }
}

void Outward::note_refused(const Write& write, const base::Error& error) {
  parts_.meters.errors_out.add();
  if (write.what == Write::What::kDropCheck) {
    std::erase(there_.stray_checks, write.key);  // until what is there is read anew
  }
  if (write.what != Write::What::kRegister) {
    return;
  }
  refused_.insert_or_assign(write.key, write.entry);
  if (!has_entry(logged_, write.entry)) {
    logged_.insert_or_assign(write.key, write.entry);
    parts_.log.warning("Consul refuses an instance of ours",
                       {{"instance", write.key}, {"error", base::describe(error)}});
  }
}

}  // namespace weft::sync
