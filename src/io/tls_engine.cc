#include "io/tls_engine.h"

#include "base/address.h"
#include "base/check.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <climits>
#include <cstdlib>

namespace weft::io {
namespace {

using base::Code;
using base::Result;

base::Error tls_error(Code code, const char* what) {
  return {code, base::Side::kBackend, base::Retry::kNever, 0, what};
}

// What the library complains about; its texts are static.
base::Error complaint_of(const SSL* connection) {
  const unsigned long complaint = ERR_get_error();
  const long verdict = SSL_get_verify_result(connection);
  if (verdict != X509_V_OK && ERR_GET_REASON(complaint) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    return tls_error(Code::kUntrusted, X509_verify_cert_error_string(verdict));
  }
  const char* text = ERR_reason_error_string(complaint);
  return tls_error(Code::kBadMessage, text != nullptr ? text : "the TLS stream is broken");
}

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

// Returns: false when `pem` holds no certificate.
bool add_certificates(X509_STORE* store, const std::string& pem) {
  const std::unique_ptr<BIO, FreeBio> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  int count = 0;
  while (const std::unique_ptr<X509, FreeCertificate> one{
      PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)}) {
    count += X509_STORE_add_cert(store, one.get());
  }
  ERR_clear_error();  // it ends with a complaint that there are no more
  return count > 0;
}

// The library's own places. Its bundle of all authorities is the same as its folder, which is read
// as far as it is needed; to read it whole takes 40 ms, and only whoever names one asks for that.
void trust_system(SSL_CTX* context) {
  SSL_CTX_set_default_verify_dir(context);  // fails for no folder that is missing
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
  if (std::getenv(X509_get_default_cert_file_env()) != nullptr) {
    SSL_CTX_set_default_verify_file(context);
  }
  ERR_clear_error();
}

// Source: RFC 7301 §3.1: each name behind its length.
Result<std::string> encode_protocols(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    if (name.empty() || name.size() > 255) {
      return base::fail(Code::kInvalid, "a protocol to negotiate has no name, or too long a one");
    }
    out += static_cast<char>(name.size());
    out += name;
  }
  return out;
}

// SSL_set_tlsext_host_name() by its own means: the macro casts as C does.
bool tell_server_name(SSL* connection, const std::string& name) {
  return SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                  const_cast<char*>(name.c_str())) == 1;
}

Result<void> name_peer(SSL* connection, const TlsClientOptions& options) {
  const std::string& name = options.server_name;
  const bool is_ip = base::parse_ip(name).has_value();
  if (!is_ip && !name.empty() && !tell_server_name(connection, name)) {
    return base::fail(Code::kInvalid, "a name that no TLS server can have");
  }
  if (!options.verifies) {
    SSL_set_verify(connection, SSL_VERIFY_NONE, nullptr);
    return {};
  }
  SSL_set_verify(connection, SSL_VERIFY_PEER, nullptr);
  SSL_set_hostflags(connection,
                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  X509_VERIFY_PARAM* wanted = SSL_get0_param(connection);
  const int taken = is_ip ? X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str())
                          : SSL_set1_host(connection, name.c_str());
  if (name.empty() || taken != 1) {
    return base::fail(Code::kInvalid, "no name that a certificate could be verified for");
  }
  return {};
}

int to_int(std::size_t bytes) { return bytes > INT_MAX ? INT_MAX : static_cast<int>(bytes); }

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<TlsContext> TlsContext::make(const TlsTrust& trust) {
  TlsContext made(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = made.context_.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
    ERR_clear_error();
    return base::fail(Code::kInternal, "the TLS library does not work here");
  }
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  if (trust.system) {
    trust_system(context);
  }
  if (!trust.pem.empty() && !add_certificates(SSL_CTX_get_cert_store(context), trust.pem)) {
    return base::fail(Code::kInvalid, "no certificate in what is to be trusted");
  }
  return made;
}

void TlsEngine::Free::operator()(ssl_st* connection) const { SSL_free(connection); }

Result<TlsEngine> TlsEngine::make_client(const TlsContext& context,
                                         const TlsClientOptions& options) {
  WEFT_TRY(const std::string protocols, encode_protocols(options.alpn));
  TlsEngine made(SSL_new(context.context_.get()));
  SSL* connection = made.connection_.get();
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  if (connection == nullptr || in == nullptr || out == nullptr) {
    BIO_free(in);
    BIO_free(out);
    return base::fail(Code::kInternal, "the TLS library has no memory");
  }
  SSL_set_bio(connection, in, out);  // which owns them now
  SSL_set_connect_state(connection);
  WEFT_TRY_VOID(name_peer(connection, options));
  // This one call returns 0 when it is fine.
  if (!protocols.empty() &&
      SSL_set_alpn_protos(connection, reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned>(protocols.size())) != 0) {
    return base::fail(Code::kInvalid, "protocols that cannot be negotiated");
  }
  return made;
}

void TlsEngine::feed(std::string_view bytes) {
  const int taken = BIO_write(SSL_get_rbio(connection_.get()), bytes.data(), to_int(bytes.size()));
  WEFT_ASSERT(taken == to_int(bytes.size()));  // it grows
}

std::size_t TlsEngine::take_output(std::span<char> out) {
  const int count = BIO_read(SSL_get_wbio(connection_.get()), out.data(), to_int(out.size()));
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

Result<bool> TlsEngine::shake_hands() {
  ERR_clear_error();
  const int done = SSL_do_handshake(connection_.get());
  if (done == 1) {
    return true;
  }
  if (SSL_get_error(connection_.get(), done) == SSL_ERROR_WANT_READ) {
    return false;
  }
  return base::fail(complaint_of(connection_.get()));
}

Result<std::size_t> TlsEngine::read(std::span<char> into) {
  ERR_clear_error();
  const int count = SSL_read(connection_.get(), into.data(), to_int(into.size()));
  if (count > 0) {
    return static_cast<std::size_t>(count);
  }
  switch (SSL_get_error(connection_.get(), count)) {
    case SSL_ERROR_WANT_READ:
      return 0;
    case SSL_ERROR_ZERO_RETURN:
      has_ended_ = true;
      return 0;
    default:
      return base::fail(complaint_of(connection_.get()));
  }
}

Result<void> TlsEngine::write(std::string_view bytes) {
  ERR_clear_error();
  const int count = SSL_write(connection_.get(), bytes.data(), to_int(bytes.size()));
  if (count != to_int(bytes.size())) {
    return base::fail(complaint_of(connection_.get()));
  }
  return {};
}

void TlsEngine::end() {
  ERR_clear_error();
  SSL_shutdown(connection_.get());
  ERR_clear_error();
}

std::string_view TlsEngine::alpn() const {
  const unsigned char* text = nullptr;
  unsigned bytes = 0;
  SSL_get0_alpn_selected(connection_.get(), &text, &bytes);
  return {reinterpret_cast<const char*>(text), bytes};
}

}  // namespace weft::io
