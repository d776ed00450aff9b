// A backend behind TLS that says to each client what a test wants.
#pragma once

#include "io/loop.h"
#include "io/socket.h"
#include "io/task.h"
#include "io/tls_server_for_test.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

namespace weft::health {

// Thread: its loop. The loop turns in the destructor.
class TlsBackendForTest final {
 public:
  // After a handshake that came to an end.
  using Talk = io::Task<void> (*)(io::TlsServerForTest*);

  TlsBackendForTest(io::Loop& loop, io::CertificateForTest certificate, std::string protocol,
                    Talk talk)
      : loop_(loop),
        certificate_(std::move(certificate)),
        protocol_(std::move(protocol)),
        talk_(talk),
        listener_(*io::listen(loop, *base::parse_socket_address("127.0.0.1:0"), {})) {
    scope_.spawn("accept", accept_all(this));
  }
  TlsBackendForTest(const TlsBackendForTest&) = delete;
  TlsBackendForTest& operator=(const TlsBackendForTest&) = delete;
  ~TlsBackendForTest() { loop_.run_until_done(scope_.stop()); }

  std::uint16_t port() const { return listener_.local_address().port; }
  const std::string& last_server_name() const { return last_server_name_; }

 private:
  static io::Task<void> accept_all(TlsBackendForTest* self) {
    for (;;) {
      auto accepted = co_await self->listener_.accept();
      if (!accepted) {
        co_return;
      }
      self->scope_.spawn("answer", answer(self, std::move(accepted->socket)));
    }
  }

  static io::Task<void> answer(TlsBackendForTest* self, io::Socket socket) {
    io::TlsServerForTest server(self->certificate_, std::move(socket), self->protocol_);
    const bool done = co_await server.shake_hands();
    self->last_server_name_ = server.server_name();
    if (done) {
      co_await self->talk_(&server);
    }
  }

  io::Loop& loop_;
  io::CertificateForTest certificate_;
  std::string protocol_;
  Talk talk_;
  io::Listener listener_;
  std::string last_server_name_;
  io::TaskScope scope_;
};

}  // namespace weft::health
