// A TLS server and certificates for tests, made when they are needed: no key lies in the tree.
#pragma once

#include "base/check.h"
#include "io/socket.h"
#include "io/task.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace weft::io {

// Signed by itself. Both are shared with whoever holds a copy.
struct CertificateForTest {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;

  // What a client trusts.
  std::string pem() const {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(out.get(), certificate.get());
    char* text = nullptr;
    const long bytes = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(bytes)};
  }
};

// For `names` ("DNS:localhost,IP:127.0.0.1"), from an hour ago until `seconds_left` from now.
inline CertificateForTest make_certificate_for_test(const char* names, long seconds_left = 3600) {
  const std::shared_ptr<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::shared_ptr<X509> made(X509_new(), X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), seconds_left);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("weft test"), -1, -1, 0);
  X509_set_issuer_name(made.get(), subject);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names);
  WEFT_ASSERT(extension != nullptr);
  X509_add_ext(made.get(), extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(made.get(), key.get(), EVP_sha256());
  return {made, key};
}

// The server's end of one TLS stream. Thread: its loop.
class TlsServerForTest final {
 public:
  // `protocol`: the one of ALPN that it takes; empty: it has not heard of ALPN.
  TlsServerForTest(const CertificateForTest& certificate, Socket socket, std::string protocol = {})
      : socket_(std::move(socket)), protocol_(std::move(protocol)) {
    SSL_CTX_use_certificate(context_.get(), certificate.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), certificate.key.get());
    if (!protocol_.empty()) {
      SSL_CTX_set_alpn_select_cb(context_.get(), &choose, this);
    }
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
  }
  TlsServerForTest(const TlsServerForTest&) = delete;
  TlsServerForTest& operator=(const TlsServerForTest&) = delete;

  // Returns: whether it came to an end well.
  Task<bool> shake_hands() {
    for (;;) {
      const int done = SSL_do_handshake(ssl_.get());
      const bool waits = SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ;
      co_await flush();
      if (done == 1 || !waits) {
        ERR_clear_error();
        co_return done == 1;
      }
      const bool more = co_await take_in();
      if (!more) {
        co_return false;
      }
    }
  }

  // Returns: what came next; nothing at the end, which `has_ended` tells from an abrupt one.
  Task<std::string> recv() {
    for (;;) {
      std::string into(16 * 1024, '\0');
      const int count = SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()));
      if (count > 0) {
        into.resize(static_cast<std::size_t>(count));
        co_return into;
      }
      has_ended = SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN;
      const bool more = !has_ended && co_await take_in();
      if (!more) {
        co_return std::string();
      }
    }
  }

  Task<void> send(std::string text) {
    SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
    co_await flush();
  }

  // Changes the keys, which the client answers.
  Task<void> update_keys() {
    SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED);
    SSL_do_handshake(ssl_.get());
    co_await flush();
  }

  Task<void> end() {
    SSL_shutdown(ssl_.get());
    co_await flush();
  }

  Socket& socket() { return socket_; }
  std::string server_name() const {
    const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name != nullptr ? name : "";
  }

  bool has_ended = false;

 private:
  // NOLINTNEXTLINE(readability-function-size): the library's callback has six parameters
  static int choose(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_bytes,
                    const unsigned char* in, unsigned in_bytes, void* self) {
    const std::string& wanted = static_cast<TlsServerForTest*>(self)->protocol_;
    const std::string_view offered(reinterpret_cast<const char*>(in), in_bytes);
    const std::size_t at = offered.find(wanted);
    if (at == std::string_view::npos) {
      return SSL_TLSEXT_ERR_NOACK;
    }
    *out = in + at;
    *out_bytes = static_cast<unsigned char>(wanted.size());
    return SSL_TLSEXT_ERR_OK;
  }

  Task<bool> take_in() {
    Buffer in;
    const auto count = co_await socket_.recv_pooled(in, base::kNever);
    if (!count || *count == 0) {
      co_return false;
    }
    BIO_write(SSL_get_rbio(ssl_.get()), in.data(), static_cast<int>(in.size()));
    co_return true;
  }

  Task<void> flush() {
    std::string out(256 * 1024, '\0');
    const int count = BIO_read(SSL_get_wbio(ssl_.get()), out.data(), static_cast<int>(out.size()));
    if (count > 0) {
      out.resize(static_cast<std::size_t>(count));
      base::ignore(co_await socket_.send(out, base::kNever), "the client may be gone");
    }
  }

  Socket socket_;
  std::string protocol_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_{SSL_CTX_new(TLS_server_method()),
                                                        SSL_CTX_free};
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, SSL_free};
};

}  // namespace weft::io
