// TlsStream: a socket whose bytes nobody else reads, as its client.
//
//   WEFT_CO_TRY(const io::TlsContext context, io::TlsContext::make({}));  // once for many
//   WEFT_CO_TRY(io::Socket socket, co_await io::connect(loop, address, deadline));
//   io::TlsClientOptions options{.server_name = "db.example"};
//   WEFT_CO_TRY(io::TlsStream stream, co_await io::TlsStream::connect(
//                                         context, std::move(socket), std::move(options),
//                                         deadline));
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "io/socket.h"
#include "io/task.h"
#include "io/tls_engine.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace weft::io {

// Holds about 30 KiB while it is open. One task may receive while another one sends.
// Thread: its loop. Lifetime: neither is destroyed nor moved while a task waits in it.
class TlsStream final {
 public:
  // The handshake as the client, over a fresh connection.
  // Errors: kUntrusted (the certificate), kBadMessage (the peer does not speak TLS as we do; `what`
  // says why), kInvalid (see TlsEngine::make_client), kClosed (it ended within the handshake),
  // those of Socket.
  static Task<base::Result<TlsStream>> connect(const TlsContext& context, Socket socket,
                                               TlsClientOptions options, base::MonoTime deadline);

  TlsStream(TlsStream&&) noexcept;
  TlsStream& operator=(TlsStream&&) noexcept;
  ~TlsStream();

  // Returns: bytes received, 0 when the peer has said that no more come.
  // Errors: kReset also when it ended without saying so, which anybody on the way can do;
  // kBadMessage, those of Socket.
  Task<base::Result<std::size_t>> recv(std::span<char> into, base::MonoTime deadline);

  // Sends all bytes or fails. `bytes` is borrowed until the await ends.
  // Errors: kBadMessage, those of Socket.
  Task<base::Result<void>> send(std::string_view bytes, base::MonoTime deadline);

  // Says to the peer that nothing more comes; what it still sends may be received.
  Task<base::Result<void>> end(base::MonoTime deadline);

  // The protocol that was agreed upon; empty: none.
  std::string_view alpn() const;

 private:
  struct State;
  explicit TlsStream(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;  // whose place the waiting tasks know
};

}  // namespace weft::io
