#include "io/event.h"

namespace weft::io {

void Event::Wait::link() {
  prev_ = event_.last_;
  (event_.last_ != nullptr ? event_.last_->next_ : event_.first_) = this;
  event_.last_ = this;
  context_->pending = this;
  if (timer_.deadline != base::kNever) {
    timer_.wait = this;
    timer_.fire = &Wait::expire;
    event_.loop_.timers().add(timer_);
  }
}

void Event::Wait::expire(Timer& timer) {
  static_cast<Expiry&>(timer).wait->end(base::Code::kTimeout);
}

void Event::Wait::end(base::Code outcome) {
  (prev_ != nullptr ? prev_->next_ : event_.first_) = next_;
  (next_ != nullptr ? next_->prev_ : event_.last_) = prev_;
  if (timer_.is_linked()) {
    event_.loop_.timers().remove(timer_);
  }
  context_->pending = nullptr;
  outcome_ = outcome;
  event_.loop_.resume(handle_, context_);
}

void Event::notify_one() {
  if (first_ != nullptr) {
    first_->end(base::Code::kInternal);
  }
}

void Event::notify_all() {
  // A resumed waiter may wait again at once; only those present now are meant.
  Wait* const last = last_;
  while (first_ != nullptr) {
    Wait* const wait = first_;
    const bool was_last = wait == last;
    wait->end(base::Code::kInternal);
    if (was_last) {
      return;
    }
  }
}

}  // namespace weft::io
