#include "health/reporter.h"

namespace weft::health {

Reporter::Reporter(io::Loop& loop, base::Log& log, const Options& options, Apply apply)
    : loop_(loop), log_(log), options_(options), apply_(std::move(apply)) {}

void Reporter::put(model::CheckState state) {
  Key key{model::Table::kCheckStatus, model::key_of(state)};
  add(std::move(key), model::Put{.object = std::move(state)});
}

void Reporter::remove_instance(const std::string& instance, std::uint64_t modified_index) {
  add({model::Table::kInstances, instance},
      model::Delete{.table = model::Table::kInstances,
                    .key = instance,
                    .only_if = model::Condition::index_is(modified_index)});
}

void Reporter::add(Key key, model::Step step) {
  waiting_.insert_or_assign(std::move(key), std::move(step));
  if (scope_.size() == 0) {
    scope_.spawn("health report", send_all());
  }
}

io::Task<void> Reporter::send_all() {
  base::Nanos pause = options_.gather_time;
  while (!waiting_.empty()) {
    const auto slept = co_await loop_.sleep_for(std::exchange(pause, options_.gather_time));
    if (!slept) {
      co_return;
    }
    Steps batch = take_batch();
    std::vector<model::Step> steps;
    for (const auto& [key, step] : batch) {
      steps.push_back(step);
    }
    Sent sent = co_await send(std::move(steps));
    if (sent == Sent::kRefused && batch.size() > 1) {
      sent = co_await send_one_by_one(batch);
    }
    if (sent == Sent::kLater) {
      give_back(std::move(batch));
      pause = options_.retry_pause;
    }
  }
}

io::Task<Reporter::Sent> Reporter::send(std::vector<model::Step> steps) {
  model::Command command{.actor = "health", .steps = std::move(steps)};
  const auto applied = co_await apply_(std::move(command));
  co_return note_outcome(applied);
}

// Returns: kRefused when the registry will never take it as it is, kLater when it may.
Reporter::Sent Reporter::note_outcome(const base::Result<void>& applied) {
  if (applied) {
    if (std::exchange(is_put_off_, false)) {
      log_.info("registry takes check results again");
    }
    return Sent::kDone;
  }
  switch (applied.error().code) {
    case base::Code::kNotFound:
    case base::Code::kConflict:
      return Sent::kRefused;  // the instance went or changed meanwhile; the feed will say so
    case base::Code::kInvalid:
    case base::Code::kLimit:
      log_.warning("registry refuses check results", {{"reason", base::describe(applied.error())}});
      return Sent::kRefused;
    case base::Code::kCancelled:
    case base::Code::kShutdown:
      return Sent::kLater;
    default:
      if (!std::exchange(is_put_off_, true)) {
        log_.warning("registry takes no check results now",
                     {{"reason", base::describe(applied.error())}});
      }
      return Sent::kLater;
  }
}

// One refused step refuses a whole command; the others are not to suffer. Takes out of `batch`
// what is done with.
io::Task<Reporter::Sent> Reporter::send_one_by_one(Steps& batch) {
  while (!batch.empty()) {
    std::vector<model::Step> one;
    one.push_back(batch.begin()->second);
    const Sent sent = co_await send(std::move(one));
    if (sent == Sent::kLater) {
      co_return Sent::kLater;
    }
    batch.erase(batch.begin());
  }
  co_return Sent::kDone;
}

Reporter::Steps Reporter::take_batch() {
  Steps batch;
  while (!waiting_.empty() && batch.size() < options_.steps_max) {
    batch.insert(waiting_.extract(waiting_.begin()));
  }
  return batch;
}

// What was said meanwhile is newer.
void Reporter::give_back(Steps batch) { waiting_.merge(std::move(batch)); }

}  // namespace weft::health
