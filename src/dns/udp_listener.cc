#include "dns/udp_listener.h"

#include <span>
#include <string_view>
#include <utility>

namespace weft::dns {
namespace {

// Slots whose size is no power of two: their beginnings, which is what a query touches, lie in
// different sets of the cache.
constexpr std::size_t kSlotPadding = 64;

// Batches that one readiness is good for before others on the loop get their turn.
constexpr int kBatchesPerTurn = 8;

// After the kernel fails to receive, for want of memory.
constexpr base::Nanos kPauseAfterFailure = base::Millis(100);

}  // namespace

UdpListener::UdpListener(io::Loop& loop, Answerer& answerer, DnsMeters& meters,
                         io::DatagramSocket socket, std::size_t batch)
    : loop_(loop),
      answerer_(answerer),
      meters_(meters),
      socket_(std::move(socket)),
      batch_({.datagrams = batch,
              .received_bytes = kUdpAnswerBytesMax + kSlotPadding,
              .answer_bytes = kUdpAnswerBytesMax + kSlotPadding}) {
  scope_.spawn("dns by udp", serve());
}

io::Task<void> UdpListener::serve() {
  for (;;) {
    const auto ready = co_await socket_.readable();
    if (!ready && ready.error().code == base::Code::kCancelled) {
      co_return;
    }
    for (int i = 0; i < kBatchesPerTurn; ++i) {
      if (serve_batch() < batch_.capacity()) {
        break;
      }
    }
  }
}

std::size_t UdpListener::serve_batch() {
  const auto received = socket_.receive(batch_);
  if (!received || *received == 0) {
    return 0;
  }
  const base::MonoTime began = loop_.driver().now();
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    const std::string_view message = batch_.received(i);
    const auto answer = answerer_.answer(message, Transport::kUdp, batch_.answer_room(i));
    batch_.set_answer(i, answer.bytes);
    if (answer.when == Answerer::When::kLater) {
      scope_.spawn("dns answer", answer_later(std::string(message), batch_.path(i)));
    }
  }
  if (const std::size_t lost = socket_.answer(batch_); lost > 0) {
    meters_.note_dropped(DnsMeters::Dropped::kSocket, lost);
  }
  const base::Nanos took = loop_.driver().now() - began;
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    meters_.note_duration(took);
  }
  return batch_.size();
}

io::Task<void> UdpListener::answer_later(std::string message, io::DatagramPath path) {
  const base::MonoTime began = loop_.now();
  const std::string answer = co_await answerer_.answer_later(std::move(message), Transport::kUdp);
  if (answer.empty()) {
    co_return;
  }
  if (!socket_.send(answer, path)) {
    meters_.note_dropped(DnsMeters::Dropped::kSocket);
  }
  meters_.note_duration(loop_.now() - began);
}

io::Task<void> UdpListener::stop() { co_await scope_.stop(); }

}  // namespace weft::dns
