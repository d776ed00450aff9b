#include "dns/forwarder.h"

#include "io/datagram_socket.h"
#include "io/socket.h"
#include "wire/dns_query.h"

#include <array>
#include <optional>

namespace weft::dns {
namespace {

using base::Result;

void set_id(std::string& message, std::uint16_t id) { wire::write_u16(message.data(), id); }

// Is it the answer to our `query`?
bool is_answer_to(std::string_view message, std::string_view query) {
  const auto head = wire::parse_dns_answer_head(message);
  const std::size_t question_at = wire::kDnsHeaderBytes;
  return head && head->id == wire::read_u16(query.data()) &&
         query.size() >= question_at + head->question.size() &&
         wire::is_same_dns_question(head->question,
                                    query.substr(question_at, head->question.size()));
}

wire::DnsAnswerHead head_of(std::string_view answer) {
  return wire::parse_dns_answer_head(answer).value_or(wire::DnsAnswerHead{});
}

bool is_known(std::string_view answer) {
  const wire::DnsRcode rcode = head_of(answer).rcode();
  return rcode == wire::DnsRcode::kNoError || rcode == wire::DnsRcode::kNxDomain;
}

// Waits until `bytes` have come.
io::Task<Result<std::string>> receive_exactly(io::Socket* socket, std::size_t bytes,
                                              base::MonoTime deadline) {
  std::string out(bytes, '\0');
  for (std::size_t done = 0; done < bytes;) {
    const std::span<char> rest(out.data() + done, bytes - done);
    WEFT_CO_TRY(const std::size_t count, co_await socket->recv(rest, deadline));
    if (count == 0) {
      co_return base::fail(base::Code::kClosed, "a recursor ended its stream",
                           base::Side::kBackend);
    }
    done += count;
  }
  co_return out;
}

}  // namespace

Forwarder::Forwarder(io::Loop& loop, ForwarderOptions options)
    : loop_(loop), options_(std::move(options)) {
  if (has_recursors()) {
    room_.resize(wire::kDnsMessageBytesMax);
  }
}

io::Task<Result<std::string>> Forwarder::ask(std::string query, Transport client) {
  if (query.size() < wire::kDnsHeaderBytes) {
    co_return base::fail(base::Code::kBadMessage, "a query without a header");
  }
  const std::uint16_t id = wire::read_u16(query.data());
  Result<std::string> last =
      base::fail(base::Code::kUnavailable, "there are no recursors", base::Side::kBackend);
  for (int round = 0; round < options_.rounds; ++round) {
    for (const base::SocketAddress& recursor : options_.recursors) {
      set_id(query, static_cast<std::uint16_t>(loop_.random().next()));
      Result<std::string> answer = co_await ask_one(&recursor, &query, client);
      if (!answer && answer.error().code == base::Code::kCancelled) {
        co_return answer;
      }
      if (answer) {
        set_id(*answer, id);
      }
      if (answer && is_known(*answer)) {
        co_return answer;
      }
      if (answer || !last) {
        last = std::move(answer);
      }
    }
  }
  co_return last;
}

io::Task<Result<std::string>> Forwarder::ask_one(const base::SocketAddress* recursor,
                                                 const std::string* query, Transport client) {
  Result<std::string> answer = co_await ask_by_udp(recursor, query);
  if (answer && client == Transport::kTcp && head_of(*answer).is_truncated()) {
    Result<std::string> whole = co_await ask_by_tcp(recursor, query);
    if (whole) {
      co_return whole;
    }
  }
  co_return answer;
}

io::Task<Result<std::string>> Forwarder::ask_by_udp(const base::SocketAddress* recursor,
                                                    const std::string* query) {
  const base::MonoTime deadline = loop_.now() + options_.try_timeout;
  auto socket = io::DatagramSocket::connect(loop_, *recursor);
  if (!socket) {
    co_return base::fail(socket.error());
  }
  WEFT_CO_TRY_VOID(socket->send(*query));
  for (;;) {
    WEFT_CO_TRY_VOID(co_await socket->readable(deadline));
    WEFT_CO_TRY(const auto count, socket->receive(room_));
    if (!count) {
      continue;
    }
    const std::string_view message(room_.data(), *count);
    if (is_answer_to(message, *query)) {
      co_return std::string(message);
    }
  }
}

io::Task<Result<std::string>> Forwarder::ask_by_tcp(const base::SocketAddress* recursor,
                                                    const std::string* query) {
  const base::MonoTime deadline = loop_.now() + options_.try_timeout;
  WEFT_CO_TRY(io::Socket socket, co_await io::connect(loop_, *recursor, deadline));
  std::string framed(wire::kDnsStreamLengthBytes, '\0');
  wire::write_u16(framed.data(), static_cast<std::uint16_t>(query->size()));
  framed += *query;
  WEFT_CO_TRY_VOID(co_await socket.send(framed, deadline));
  WEFT_CO_TRY(const std::string length,
              co_await receive_exactly(&socket, wire::kDnsStreamLengthBytes, deadline));
  const std::size_t bytes = wire::read_u16(length.data());
  WEFT_CO_TRY(std::string answer, co_await receive_exactly(&socket, bytes, deadline));
  if (!is_answer_to(answer, *query)) {
    co_return base::fail(base::Code::kBadMessage, "a recursor answered something else",
                         base::Side::kBackend);
  }
  co_return answer;
}

}  // namespace weft::dns
