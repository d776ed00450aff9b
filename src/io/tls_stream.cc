#include "io/tls_stream.h"

#include "base/check.h"
#include "io/event.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weft::io {

using base::Code;
using base::Result;

struct TlsStream::State {
  State(Socket over, TlsEngine with)
      : socket(std::move(over)), engine(std::move(with)), sent(socket.loop()) {}

  Task<Result<void>> shake_hands(base::MonoTime deadline);
  // Waits for bytes of the peer and gives them to the engine. Returns: false at the end.
  Task<Result<bool>> take_in(base::MonoTime deadline);
  // Sends what the engine has for the peer, after whoever sends now.
  Task<Result<void>> flush(base::MonoTime deadline);
  Task<Result<void>> send_output(base::MonoTime deadline);

  Socket socket;
  TlsEngine engine;
  bool is_sending = false;
  Event sent;  // notified when it is over
};

// A fatal complaint leaves an alert behind that the peer is told, if it takes it at once.
Task<Result<void>> TlsStream::State::shake_hands(base::MonoTime deadline) {
  for (;;) {
    const Result<bool> done = engine.shake_hands();
    const Result<void> told = co_await flush(deadline);
    if (!done) {
      co_return base::fail(done.error());
    }
    WEFT_CO_TRY_VOID(told);
    if (*done) {
      co_return Result<void>();
    }
    WEFT_CO_TRY(const bool more, co_await take_in(deadline));
    if (!more) {
      co_return base::fail(Code::kClosed, "closed within the TLS handshake", base::Side::kBackend);
    }
  }
}

Task<Result<bool>> TlsStream::State::take_in(base::MonoTime deadline) {
  Buffer in;
  WEFT_CO_TRY(const std::size_t count, co_await socket.recv_pooled(in, deadline));
  if (count > 0) {
    engine.feed(in.view());
  }
  co_return count > 0;
}

Task<Result<void>> TlsStream::State::flush(base::MonoTime deadline) {
  while (is_sending) {
    WEFT_CO_TRY_VOID(co_await sent.wait(deadline));
  }
  is_sending = true;
  const Result<void> result = co_await send_output(deadline);
  is_sending = false;
  sent.notify_all();
  co_return result;
}

Task<Result<void>> TlsStream::State::send_output(base::MonoTime deadline) {
  for (;;) {
    Buffer out = socket.loop().buffers().take();
    out.commit(engine.take_output({out.tail(), out.tail_room()}));
    if (out.empty()) {
      co_return Result<void>();
    }
    WEFT_CO_TRY_VOID(co_await socket.send(out.view(), deadline));
  }
}

TlsStream::TlsStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsStream::TlsStream(TlsStream&&) noexcept = default;
TlsStream& TlsStream::operator=(TlsStream&&) noexcept = default;
TlsStream::~TlsStream() = default;

Task<Result<TlsStream>> TlsStream::connect(const TlsContext& context, Socket socket,
                                           TlsClientOptions options, base::MonoTime deadline) {
  WEFT_CO_TRY(TlsEngine engine, TlsEngine::make_client(context, options));
  auto state = std::make_unique<State>(std::move(socket), std::move(engine));
  WEFT_CO_TRY_VOID(co_await state->shake_hands(deadline));
  co_return TlsStream(std::move(state));
}

Task<Result<std::size_t>> TlsStream::recv(std::span<char> into, base::MonoTime deadline) {
  WEFT_ASSERT(!into.empty());
  for (;;) {
    WEFT_CO_TRY(const std::size_t count, state_->engine.read(into));
    if (count > 0 || state_->engine.has_ended()) {
      co_return count;
    }
    // Reading may have left an answer, as to a change of keys. Whoever sends now goes on until
    // nothing is left; to wait for them would be a deadlock when the peer waits to be read.
    if (!state_->is_sending) {
      WEFT_CO_TRY_VOID(co_await state_->flush(deadline));
    }
    WEFT_CO_TRY(const bool more, co_await state_->take_in(deadline));
    if (!more) {
      co_return base::fail(Code::kReset, "the TLS stream was cut off", base::Side::kBackend);
    }
  }
}

Task<Result<void>> TlsStream::send(std::string_view bytes, base::MonoTime deadline) {
  constexpr std::size_t kPieceBytes = 16 * 1024;  // RFC 8446 §5.1: what a record holds
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPieceBytes);
    WEFT_CO_TRY_VOID(state_->engine.write(piece));
    WEFT_CO_TRY_VOID(co_await state_->flush(deadline));
    bytes.remove_prefix(piece.size());
  }
  co_return Result<void>();
}

Task<Result<void>> TlsStream::end(base::MonoTime deadline) {
  state_->engine.end();
  co_return co_await state_->flush(deadline);
}

std::string_view TlsStream::alpn() const { return state_->engine.alpn(); }

}  // namespace weft::io
