#include "dns/tcp_listener.h"

#include "io/buffer.h"
#include "wire/dns.h"

#include <string_view>
#include <utility>

namespace weft::dns {
namespace {

// A query has a name, a type and perhaps options. chosen: what a datagram may have; whoever sends
// more is cut.
constexpr std::size_t kQueryBytesMax = 4096;

// Answers to pipelined queries leave together, about so many bytes of them.
constexpr std::size_t kSendBytes = 64 * 1024;

// The message at the front of `in`, if it is there whole. Returns: its bytes without the length;
// npos: more must come.
std::size_t whole_message_bytes(std::string_view in) {
  if (in.size() < wire::kDnsStreamLengthBytes) {
    return std::string_view::npos;
  }
  const std::size_t bytes = wire::read_u16(in.data());
  return in.size() - wire::kDnsStreamLengthBytes < bytes ? std::string_view::npos : bytes;
}

bool is_too_long(std::string_view in) {
  return in.size() >= wire::kDnsStreamLengthBytes && wire::read_u16(in.data()) > kQueryBytesMax;
}

void append_framed(std::string& out, std::string_view answer) {
  char length[wire::kDnsStreamLengthBytes];
  wire::write_u16(length, static_cast<std::uint16_t>(answer.size()));
  out.append(length, wire::kDnsStreamLengthBytes);
  out += answer;
}

}  // namespace

struct TcpListener::Place {
  Place(TcpListener& of, const base::IpAddress& who) : listener(of), client(who) {
    ++listener.connections_[client];
    ++listener.open_;
    listener.meters_.connections().add();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    const auto mine = listener.connections_.find(client);
    if (--mine->second == 0) {
      listener.connections_.erase(mine);
    }
    --listener.open_;
    listener.meters_.connections().subtract();
  }
  TcpListener& listener;
  const base::IpAddress client;
};

TcpListener::TcpListener(io::Loop& loop, Answerer& answerer, DnsMeters& meters,
                         io::Listener listener, TcpOptions options)
    : loop_(loop),
      answerer_(answerer),
      meters_(meters),
      listener_(std::move(listener)),
      options_(options),
      room_(kTcpAnswerBytesMax) {
  accepting_.spawn("dns accept", accept());
}

bool TcpListener::has_room_for(const base::IpAddress& client) const {
  const auto known = connections_.find(client);
  return open_ < options_.connections_max &&
         (known == connections_.end() || known->second < options_.per_client_max);
}

io::Task<void> TcpListener::accept() {
  for (;;) {
    auto accepted = co_await listener_.accept();
    if (!accepted && accepted.error().code == base::Code::kCancelled) {
      co_return;
    }
    if (!accepted) {  // out of descriptors: those who have one finish first
      if (const auto slept = co_await loop_.sleep_for(base::Millis(100)); !slept) {
        co_return;
      }
      continue;
    }
    if (!has_room_for(accepted->peer.ip)) {
      meters_.note_dropped(DnsMeters::Dropped::kConnections);
      continue;
    }
    conversing_.spawn("dns by tcp", converse(std::move(accepted->socket), accepted->peer.ip));
  }
}

io::Task<void> TcpListener::converse(io::Socket socket, base::IpAddress client) {
  const Place place(*this, client);
  std::string in;
  base::MonoTime deadline = loop_.now() + options_.idle;
  for (;;) {
    io::Buffer piece;
    const auto count = co_await socket.recv_pooled(piece, deadline);
    if (!count || *count == 0) {
      if (!in.empty() && !count && count.error().code == base::Code::kTimeout) {
        meters_.note_dropped(DnsMeters::Dropped::kStalled);
      }
      co_return;
    }
    in += piece.view();
    piece.reset();
    while (whole_message_bytes(in) != std::string_view::npos || is_too_long(in)) {
      const bool goes_on = co_await answer_some(&socket, &in);
      if (!goes_on) {
        co_return;
      }
      deadline = loop_.now() + options_.idle;  // of the next query
    }
  }
}

io::Task<bool> TcpListener::answer_some(io::Socket* socket, std::string* in) {
  const base::MonoTime began = loop_.driver().now();
  std::string out;
  std::size_t taken = 0;
  std::size_t answers = 0;
  while (out.size() < kSendBytes) {
    const std::string_view rest = std::string_view(*in).substr(taken);
    if (is_too_long(rest)) {
      meters_.note_dropped(DnsMeters::Dropped::kRubbish);
      co_return false;
    }
    const std::size_t bytes = whole_message_bytes(rest);
    if (bytes == std::string_view::npos) {
      break;
    }
    taken += wire::kDnsStreamLengthBytes + bytes;
    const std::string_view message = rest.substr(wire::kDnsStreamLengthBytes, bytes);
    const auto answer = answerer_.answer(message, Transport::kTcp, room_);
    if (answer.when == Answerer::When::kNever) {
      co_return false;  // what follows on such a stream is no better
    }
    if (answer.when == Answerer::When::kNow) {
      append_framed(out, {room_.data(), answer.bytes});
    } else {
      std::string copy(message);
      const std::string late = co_await answerer_.answer_later(std::move(copy), Transport::kTcp);
      if (late.empty()) {
        co_return false;
      }
      append_framed(out, late);
    }
    ++answers;
  }
  in->erase(0, taken);
  const auto sent = co_await socket->send(out, loop_.now() + options_.idle);
  const base::Nanos took = loop_.driver().now() - began;
  for (std::size_t i = 0; i < answers; ++i) {
    meters_.note_duration(took);
  }
  co_return sent.has_value();
}

io::Task<void> TcpListener::stop() {
  co_await accepting_.stop();
  co_await conversing_.stop();
}

}  // namespace weft::dns
