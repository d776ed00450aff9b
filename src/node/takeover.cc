#include "node/takeover.h"

#include "io/host.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weft::node {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Result;

// Longer than anything the running process waits for before it answers.
constexpr base::Nanos kAnswerPatience = 30s;

std::string why_nobody(const std::string& path, const base::Error& error) {
  if (error.code == Code::kNotFound || error.code == Code::kRefused) {
    return fmt::format(
        "there is no running server to take over from: nobody listens on {}; start one without "
        "--takeover, or see that data_dir is that of the running server",
        path);
  }
  if (error.code == Code::kForbidden) {
    return fmt::format("{}: the running server is another user's; take over as that user", path);
  }
  return fmt::format("{}: {}", path, base::describe(error));
}

std::string why_not_heard(const base::Error& error) {
  switch (error.code) {
    case Code::kClosed:
      return "the running server has ended the takeover; its log says why";
    case Code::kTimeout:
      return "the running server does not answer; is another takeover under way?";
    default:
      return "the running server: " + base::describe(error);
  }
}

}  // namespace

io::Task<TakenOver<std::unique_ptr<Takeover>>> Takeover::begin(io::Loop* loop,
                                                               std::string data_dir) {
  const std::string path = data_dir + std::string(kTakeoverSocket);
  auto peer = io::HandoverSocket::connect(*loop, path);
  if (!peer) {
    co_return std::unexpected(why_nobody(path, peer.error()));
  }
  auto takeover = std::make_unique<Takeover>(*loop, std::move(*peer));
  TakeoverMessage hello;
  hello.say = TakeoverWord::kHello;
  hello.version = WEFT_VERSION;
  hello.pid = io::process_id();
  if (const auto sent = send_takeover(*takeover->peer_, hello); !sent) {
    co_return std::unexpected(why_not_heard(sent.error()));
  }
  if (const auto received = co_await takeover->receive_listeners(); !received) {
    co_return std::unexpected(received.error());
  }
  co_return takeover;
}

io::Task<TakenOver<void>> Takeover::receive_listeners() {
  for (;;) {
    std::vector<io::UniqueFd> descriptors;
    auto message = co_await hear(TakeoverWord::kListeners, &descriptors);
    if (!message) {
      co_return std::unexpected(message.error());
    }
    if (message->listeners.size() != descriptors.size()) {
      co_return std::unexpected("the running server: not every listener has arrived");
    }
    for (std::size_t i = 0; i < descriptors.size(); ++i) {
      received_.push_back({std::move(message->listeners[i]), std::move(descriptors[i])});
    }
    if (!message->more) {
      co_return TakenOver<void>();
    }
  }
}

io::Task<TakenOver<TakeoverMessage>> Takeover::hear(TakeoverWord expected,
                                                    std::vector<io::UniqueFd>* descriptors) {
  auto heard = co_await peer_->receive(loop_.now() + kAnswerPatience);
  if (!heard) {
    co_return std::unexpected(why_not_heard(heard.error()));
  }
  auto message = parse_takeover(heard->text);
  if (message && message->say == TakeoverWord::kRefused) {
    co_return std::unexpected("the running server: " + message->why);
  }
  if (!message || message->say != expected) {
    co_return std::unexpected(
        "the running server speaks another protocol; stop it and start this one");
  }
  if (descriptors != nullptr) {
    *descriptors = std::move(heard->descriptors);
  }
  co_return *std::move(message);
}

bool Takeover::has(std::string_view role, std::string_view wanted) const {
  return std::ranges::any_of(received_, [&](const Received& one) {
    return one.name.role == role && (one.name.wanted == wanted || one.name.address == wanted);
  });
}

// An address is found by what the settings say, which may be port 0, or by what became of it.
InheritedListeners Takeover::take(std::string_view role, std::string_view wanted) {
  InheritedListeners out;
  std::vector<Received> left;
  for (Received& one : received_) {
    const bool is_meant = one.name.role == role &&
                          (one.name.wanted == wanted || one.name.address == wanted) &&
                          (out.address.empty() || out.address == one.name.address);
    if (!is_meant) {
      left.push_back(std::move(one));
      continue;
    }
    out.address = one.name.address;
    out.descriptors.push_back(std::move(one.descriptor));
  }
  received_ = std::move(left);
  if (!out.address.empty()) {
    taken_.push_back(out.address);
  }
  return out;
}

io::Task<TakenOver<std::uint64_t>> Takeover::ask_for_store() {
  TakeoverMessage question;
  question.say = TakeoverWord::kStore;
  if (const auto sent = send_takeover(*peer_, question); !sent) {
    co_return std::unexpected(why_not_heard(sent.error()));
  }
  const auto answer = co_await hear(TakeoverWord::kReleased, nullptr);
  if (!answer) {
    co_return std::unexpected(answer.error());
  }
  co_return answer->index;
}

io::Task<TakenOver<void>> Takeover::finish() {
  received_.clear();  // what nobody wanted stays the running process's alone
  TakeoverMessage ready;
  ready.say = TakeoverWord::kReady;
  ready.taken = taken_;
  if (const auto sent = send_takeover(*peer_, ready); !sent) {
    co_return std::unexpected(why_not_heard(sent.error()));
  }
  const auto go = co_await hear(TakeoverWord::kGo, nullptr);
  if (!go) {
    co_return std::unexpected(go.error());
  }
  co_return TakenOver<void>();
}

}  // namespace weft::node
