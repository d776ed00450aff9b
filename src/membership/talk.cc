#include "membership/talk.h"

#include <utility>

namespace weft::membership {

Talk::Talk(io::Loop& loop, state::State& state, base::Log& log, Sinks sinks)
    : loop_(loop), state_(state), log_(log), sinks_(std::move(sinks)) {}

void Talk::tell(Report report) {
  if (has_room()) {
    waiting_.reports.push_back(std::move(report));
    begin();
  }
}

void Talk::tell_renewal(std::string session) {
  if (has_room()) {
    waiting_.renewals.push_back(std::move(session));
    begin();
  }
}

bool Talk::has_room() const {
  return waiting_.reports.size() + waiting_.renewals.size() < kWaitingMax;
}

void Talk::begin() {
  if (scope_.size() == 0) {
    scope_.spawn("talk", send_all());
  }
}

io::Task<void> Talk::send_all() {
  while (!waiting_.reports.empty() || !waiting_.renewals.empty()) {
    const auto slept = co_await loop_.sleep_for(kGatherTime);
    if (!slept) {
      co_return;
    }
    std::vector<std::string> words = take_words();
    const auto told = co_await state_.tell(std::move(words));
    if (!told) {
      log_.debug("other nodes were not told", {{"error", base::describe(told.error())}});
    }
  }
}

// What waits, in as few words as it takes.
std::vector<std::string> Talk::take_words() {
  const Message all = std::exchange(waiting_, {});
  std::vector<std::string> words;
  Message next;
  std::size_t bytes = kMessageBytes;
  const auto make_room = [&](std::size_t needed) {
    if (bytes + needed > state::Store::kWordBytesMax) {
      words.push_back(encode(std::exchange(next, {})));
      bytes = kMessageBytes;
    }
    bytes += needed;
  };
  for (const Report& report : all.reports) {
    make_room(bytes_of(report));
    next.reports.push_back(report);
  }
  for (const std::string& session : all.renewals) {
    make_room(bytes_of_renewal(session));
    next.renewals.push_back(session);
  }
  words.push_back(encode(next));
  return words;
}

void Talk::hear(std::string_view word) {
  const auto message = decode_message(word);
  if (!message) {
    log_.warning("what another node told makes no sense",
                 {{"error", base::describe(message.error())}});
    return;
  }
  for (const Report& report : message->reports) {
    sinks_.report(report);
  }
  for (const std::string& session : message->renewals) {
    sinks_.renewal(session);
  }
}

}  // namespace weft::membership
