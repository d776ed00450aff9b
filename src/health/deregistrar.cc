#include "health/deregistrar.h"

#include <optional>

namespace weft::health {
namespace {

bool is_running_out(const WatchedCheck& check) {
  return check.owner->row.instance() != nullptr &&
         check.verdict.status == model::CheckStatus::kCritical &&
         check.last.status == model::CheckStatus::kCritical;
}

}  // namespace

void Deregistrar::follow(WatchedCheck& check) {
  const std::optional<base::Nanos> after = check.spec().deregister_after;
  if (!after || !is_running_out(check)) {
    cancel(check);
    return;
  }
  auto& timer = check.deregistration;
  if (timer.is_linked()) {
    return;
  }
  timer.check = &check;
  timer.by = this;
  timer.fire = &Deregistrar::expire;
  const base::Nanos left = check.since + *after - loop_.wall_now();
  if (left <= base::Nanos(0)) {
    expire(timer);
    return;
  }
  timer.deadline = loop_.now() + left;
  loop_.timers().add(timer);
}

void Deregistrar::cancel(WatchedCheck& check) {
  if (check.deregistration.is_linked()) {
    loop_.timers().remove(check.deregistration);
  }
}

// Refused when the row has changed meanwhile; the next failure says it again.
void Deregistrar::expire(io::Timer& timer) {
  const auto& deregistration = static_cast<WatchedCheck::Deregistration&>(timer);
  const CheckOwner& owner = deregistration.check->owner->row;
  deregistration.by->reporter_.remove_instance(owner.instance()->id, owner.modified_index());
}

}  // namespace weft::health
