#include "io/event.h"

namespace weft::io {

void Event::Wait::link() {
  ticket_ = ++event_.tickets_;
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
  // A resumed waiter may wait again at once, or end the wait of others: only those present now are
  // meant, told by their ticket.
  const std::uint64_t last = tickets_;
  while (first_ != nullptr && first_->ticket_ <= last) {
    // The one who waits longest may, once resumed, end the life of the event.
    const bool is_alone = first_->next_ == nullptr;
    first_->end(base::Code::kInternal);
    if (is_alone) {
      return;
    }
  }
}

}  // namespace weft::io
