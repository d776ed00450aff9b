#include "node/takeover_offer.h"

#include <algorithm>
#include <utility>

namespace weft::node {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Result;

constexpr base::Nanos kHelloPatience = 5s;
// The new one reads its settings and opens what is its own: nothing waits for it meanwhile.
constexpr base::Nanos kPreparePatience = 60s;
// It reads the store; writes wait so long at most.
constexpr base::Nanos kStorePatience = 30s;

TakeoverMessage saying(TakeoverWord word) {
  TakeoverMessage message;
  message.say = word;
  return message;
}

}  // namespace

Result<std::unique_ptr<TakeoverOffer>> TakeoverOffer::open(io::Loop& loop, base::Log& log,
                                                           const std::string& data_dir, Acts acts) {
  WEFT_TRY(auto listener,
           io::HandoverListener::listen(loop, data_dir + std::string(kTakeoverSocket)));
  return std::make_unique<TakeoverOffer>(loop, log, std::move(listener), std::move(acts));
}

TakeoverOffer::TakeoverOffer(io::Loop& loop, base::Log& log,
                             std::unique_ptr<io::HandoverListener> listener, Acts acts)
    : loop_(loop), log_(log), listener_(std::move(listener)), acts_(std::move(acts)) {}

io::Task<void> TakeoverOffer::run() {
  for (;;) {
    auto peer = co_await listener_->accept();
    if (!peer) {
      if (peer.error().code != Code::kCancelled) {
        log_.warning("no other process can take over", {{"error", base::describe(peer.error())}});
      }
      co_return;
    }
    const Outcome outcome = co_await hand_over(peer->get());
    if (outcome == Outcome::kLeft) {
      co_return;
    }
  }
}

io::Task<TakeoverOffer::Outcome> TakeoverOffer::hand_over(io::HandoverSocket* peer) {
  const auto hello = co_await hear(peer, TakeoverWord::kHello, kHelloPatience);
  if (!hello) {
    co_return Outcome::kGoOn;
  }
  log_.info("another process asks to take over",
            {{"pid", hello->pid}, {"version", hello->version}});
  if (const auto sent = send_listeners(*peer); !sent) {
    log_.warning("the listeners were not handed over", {{"error", base::describe(sent.error())}});
    co_return Outcome::kGoOn;
  }
  const auto asked = co_await hear(peer, TakeoverWord::kStore, kPreparePatience);
  if (!asked) {
    log_.warning("the takeover ended before it began: this process goes on",
                 {{"error", base::describe(asked.error())}});
    co_return Outcome::kGoOn;
  }
  co_return co_await hand_over_store(peer);
}

io::Task<TakeoverOffer::Outcome> TakeoverOffer::hand_over_store(io::HandoverSocket* peer) {
  const auto released = co_await acts_.release_store();
  if (!released) {
    TakeoverMessage refusal = saying(TakeoverWord::kRefused);
    refusal.why = base::describe(released.error());
    log_.warning("the store was not handed over", {{"error", refusal.why}});
    base::ignore(send_takeover(*peer, refusal), "it sees the end of the connection");
    co_return Outcome::kGoOn;
  }
  TakeoverMessage answer = saying(TakeoverWord::kReleased);
  answer.index = *released;
  Result<void> said = send_takeover(*peer, answer);
  std::vector<std::string> taken;
  if (said) {
    auto ready = co_await hear(peer, TakeoverWord::kReady, kStorePatience);
    said = ready ? send_takeover(*peer, saying(TakeoverWord::kGo))
                 : Result<void>(base::fail(ready.error()));
    taken = ready ? std::move(ready->taken) : std::vector<std::string>();
  }
  if (said) {
    log_.info("another process has taken over: this one ends what is under way");
    acts_.leave(taken);
    co_return Outcome::kLeft;
  }
  log_.warning("the takeover failed: this process goes on",
               {{"error", base::describe(said.error())}});
  base::ignore(co_await acts_.take_back_store(), "the state has logged it and tries again");
  co_return Outcome::kGoOn;
}

// Every message of the peer must be the one that is due.
io::Task<Result<TakeoverMessage>> TakeoverOffer::hear(io::HandoverSocket* peer,
                                                      TakeoverWord expected, base::Nanos patience) {
  WEFT_CO_TRY(const io::HandoverMessage heard, co_await peer->receive(loop_.now() + patience));
  WEFT_CO_TRY(TakeoverMessage message, parse_takeover(heard.text));
  const TakeoverMessage own;
  if (message.protocol != own.protocol || message.say != expected) {
    co_return base::fail(Code::kUnsupported, "the other process speaks another protocol");
  }
  co_return message;
}

Result<void> TakeoverOffer::send_listeners(io::HandoverSocket& peer) {
  const std::vector<OfferedListener> all = acts_.listeners();
  std::size_t at = 0;
  do {
    const std::size_t end = std::min(all.size(), at + io::HandoverSocket::kDescriptorsMax);
    TakeoverMessage message = saying(TakeoverWord::kListeners);
    std::vector<int> descriptors;
    for (; at < end; ++at) {
      message.listeners.push_back(all[at].name);
      descriptors.push_back(all[at].descriptor);
    }
    message.more = at < all.size();
    WEFT_TRY_VOID(send_takeover(peer, message, descriptors));
  } while (at < all.size());
  return {};
}

}  // namespace weft::node
