// TLS without I/O: bytes of the peer go in, bytes for the peer come out. tls_stream.h joins it with
// a socket. Start at TlsContext.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace weft::io {

// Whose certificates a client believes.
struct TlsTrust {
  // The authorities of this machine: /etc/ssl/certs, or what the variables SSL_CERT_DIR and
  // SSL_CERT_FILE name, as for every program that uses OpenSSL.
  bool system = true;
  std::string pem{};  // further ones
};

// What many connections of a client share. TLS 1.2 or later, no renegotiation, no compression.
// Thread: its loop. Lifetime: may end before its engines.
class TlsContext final {
 public:
  // About a millisecond; 40 where SSL_CERT_FILE is set.
  // Errors: kInvalid (the PEM holds no certificate), kInternal (the library does not work here).
  static base::Result<TlsContext> make(const TlsTrust& trust);

 private:
  friend class TlsEngine;
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}

  std::unique_ptr<ssl_ctx_st, Free> context_;
};

struct TlsClientOptions {
  // Whom we want to talk to: a host name, which is also told to the server (SNI), or an IP address,
  // which is not. The certificate has to be for it. Source: RFC 6066 §3, RFC 6125; the subject's
  // common name does not count.
  std::string server_name{};
  bool verifies = true;             // false: anybody's certificate will do
  std::vector<std::string> alpn{};  // "h2"; in the order of preference; empty: not negotiated
};

// One connection. Thread: its loop; never waits.
class TlsEngine final {
 public:
  // Errors: kInvalid (no server name to verify, a protocol name that is none), kInternal.
  static base::Result<TlsEngine> make_client(const TlsContext& context,
                                             const TlsClientOptions& options);

  // Takes what the peer sent. All is read before more is fed: memory is held for it.
  void feed(std::string_view bytes);
  // What is to be sent to the peer before anything else happens; empty: nothing. Fills `out` from
  // the front. Returns: how many bytes.
  std::size_t take_output(std::span<char> out);

  // Goes on with the handshake. Returns: true when it is over; false when the peer has to say more.
  // Errors: kUntrusted (the certificate; `what` says why), kBadMessage (anything else of TLS).
  base::Result<bool> shake_hands();

  // After the handshake. Returns: bytes of plain text; 0: the peer has to say more, or has_ended().
  // Errors: kBadMessage.
  base::Result<std::size_t> read(std::span<char> into);
  // Encrypts all of `bytes`, not none. Errors: kBadMessage.
  base::Result<void> write(std::string_view bytes);
  // Says that nothing more is written. Once; only after the handshake.
  void end();

  bool has_ended() const { return has_ended_; }  // the peer said that it writes nothing more
  // What was agreed upon; empty: nothing. Lifetime: the engine's.
  std::string_view alpn() const;

 private:
  struct Free {
    void operator()(ssl_st* connection) const;
  };
  explicit TlsEngine(ssl_st* connection) : connection_(connection) {}

  std::unique_ptr<ssl_st, Free> connection_;
  bool has_ended_ = false;
};

}  // namespace weft::io
