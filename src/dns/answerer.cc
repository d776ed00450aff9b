#include "dns/answerer.h"

#include "base/check.h"
#include "wire/dns_name.h"

#include <utility>

namespace weft::dns {
namespace {

// How long an alias waits for the addresses of its host. chosen: below what stub resolvers wait
// before they ask again (5 s).
constexpr base::Nanos kHostTimeout = base::Seconds(2);

}  // namespace

struct Answerer::Later {
  explicit Later(Answerer& of) : answerer(of) { ++answerer.later_; }
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;
  ~Later() { --answerer.later_; }
  Answerer& answerer;
};

Answerer::Answerer(const Parts& parts, ForwarderOptions forwarder, std::size_t later_max,
                   std::shared_ptr<const Zone> zone)
    : parts_(parts),
      forwarder_(parts.loop, std::move(forwarder)),
      responder_(parts.loop.random()),
      zone_(std::make_shared<ZonePointer>(std::move(zone))),
      later_max_(later_max),
      room_(kTcpAnswerBytesMax) {
  WEFT_ASSERT(*zone_ != nullptr);
}

bool Answerer::is_answered_later(const Reply& reply) const {
  const bool has_host = !reply.host.empty() && parts_.resolver != nullptr;
  return (reply.action == Reply::Action::kForward || has_host) && later_ < later_max_;
}

Answerer::Answer Answerer::answer(std::string_view message, Transport transport,
                                  std::span<char> out) {
  const RespondOptions options{.transport = transport, .has_recursors = forwarder_.has_recursors()};
  Reply reply = responder_.respond(message, zone(), options, out);
  if (reply.action == Reply::Action::kDrop) {
    parts_.meters.note_dropped(DnsMeters::Dropped::kRubbish);
    return {};
  }
  if (is_answered_later(reply)) {
    parts_.meters.note_query(reply);
    return {.when = When::kLater};
  }
  if (reply.action == Reply::Action::kForward) {
    reply = responder_.fail(message, options, out);
  }
  parts_.meters.note(reply);
  return {.when = When::kNow, .bytes = reply.bytes};
}

io::Task<std::string> Answerer::answer_later(std::string message, Transport transport) {
  const Later later(*this);
  const RespondOptions options{.transport = transport, .has_recursors = forwarder_.has_recursors()};
  const Reply reply = responder_.respond(message, zone(), options, room_);
  if (reply.action != Reply::Action::kForward) {
    std::string host(reply.host);
    co_return co_await answer_alias(std::move(message), transport, std::move(host));
  }
  auto answer = co_await forwarder_.ask(message, transport);
  const bool is_cancelled = !answer && answer.error().code == base::Code::kCancelled;
  if (is_cancelled) {
    co_return std::string();
  }
  parts_.meters.note_forwarded(answer.has_value());
  if (!answer) {
    co_return failure(message, transport);
  }
  parts_.meters.note_answer(
      static_cast<wire::DnsRcode>(wire::read_u16(answer->data() + 2) & wire::kDnsRcodeMask));
  co_return std::move(*answer);
}

// The addresses are added when they are found in time.
io::Task<std::string> Answerer::answer_alias(std::string message, Transport transport,
                                             std::string host) {
  std::string name = wire::dns_text(host);
  name.pop_back();  // the root's dot
  const auto found =
      co_await parts_.resolver->resolve(std::move(name), parts_.loop.now() + kHostTimeout);
  if (!found && found.error().code == base::Code::kCancelled) {
    co_return std::string();
  }
  parts_.meters.note_forwarded(found.has_value());
  const io::Addresses none;
  const ResolvedHost resolved{.name = host, .addresses = found ? *found : none};
  co_return copy_of_answer(
      message,
      {.transport = transport, .has_recursors = forwarder_.has_recursors(), .resolved = &resolved});
}

std::string Answerer::copy_of_answer(std::string_view message, const RespondOptions& options) {
  const Reply reply = responder_.respond(message, zone(), options, room_);
  parts_.meters.note_answer(reply.rcode);
  return std::string(room_.data(), reply.bytes);
}

std::string Answerer::failure(std::string_view message, Transport transport) {
  const Reply reply =
      responder_.fail(message, {.transport = transport, .has_recursors = true}, room_);
  parts_.meters.note_answer(reply.rcode);
  return std::string(room_.data(), reply.bytes);
}

}  // namespace weft::dns
