#include "health/checks/http2_talk.h"

#include "base/result.h"
#include "health/probe_text.h"

#include <string>
#include <utility>

namespace weft::health {
namespace {

using base::Result;

// `Stream`: io::Socket or io::TlsStream.
template <class Stream>
io::Task<Result<void>> carry(Stream& stream, wire::Http2Client& client, base::MonoTime deadline) {
  constexpr std::size_t kPieceBytes = 4096;
  std::string in(kPieceBytes, '\0');
  while (!client.is_done()) {
    const std::string out = client.take_output();
    if (!out.empty()) {
      WEFT_CO_TRY_VOID(co_await stream.send(out, deadline));
    }
    WEFT_CO_TRY(const std::size_t count, co_await stream.recv(in, deadline));
    if (count == 0) {
      co_return base::fail(base::Code::kClosed, "closed within the answer", base::Side::kBackend);
    }
    WEFT_CO_TRY_VOID(client.fold(std::string_view(in).substr(0, count)));
  }
  co_return Result<void>();
}

Http2Outcome outcome_of(const Result<void>& carried) {
  Http2Outcome outcome{.is_connected = true};
  if (!carried) {
    outcome.error = carried.error();
  }
  return outcome;
}

}  // namespace

io::Task<Http2Outcome> talk_http2(Dialer& dialer, Http2Talk with, wire::Http2Client& client,
                                  base::MonoTime deadline) {
  if (with.tls) {
    auto stream = co_await dialer.dial_tls(std::move(with.to), std::move(*with.tls), deadline);
    if (!stream) {
      co_return Http2Outcome{false, stream.error()};
    }
    co_return outcome_of(co_await carry(*stream, client, deadline));
  }
  auto socket = co_await dialer.dial(std::move(with.to), deadline);
  if (!socket) {
    co_return Http2Outcome{false, socket.error()};
  }
  co_return outcome_of(co_await carry(*socket, client, deadline));
}

std::optional<io::TlsClientOptions> h2_tls_of(const CheckTarget& target) {
  if (!model::details_of(target.spec()).tls) {
    return std::nullopt;
  }
  return tls_options_of(target, "h2");
}

ProbeResult judge_talk(const Http2Outcome& outcome) {
  ProbeResult result;
  if (!outcome.error) {
    result.status = model::CheckStatus::kPassing;
  } else if (!is_inconclusive(*outcome.error)) {
    result.status = model::CheckStatus::kCritical;
    result.no_answer = !is_answer(*outcome.error);
  }
  return result;
}

}  // namespace weft::health
