// A request is answered, with a status that means well.
#pragma once

#include "health/check.h"
#include "health/dialer.h"
#include "io/tls_engine.h"
#include "wire/http1.h"

#include <cstdint>

namespace weft::health {

// Returns: what a status code means to a check. Source: model::HttpVerdict.
model::CheckStatus judge_status(model::HttpVerdict verdict, std::uint16_t status);

// Probes CheckSpec::target, or else CheckSpec::path at the owner's own address, with a GET or what
// CheckDetails ask for, over a fresh connection, which proves that whoever it is still accepts.
// Redirects are not followed. The head decides; a body that never ends is waited for no longer than
// the deadline and changes nothing.
//
// An https target is asked over TLS, with a certificate that this machine trusts for the host, or
// for CheckDetails::tls_server_name, unless any will do (tls_skip_verify).
//
// Leaner than http::Client: a probe allocates its request, its output and a body if there is one,
// and holds a buffer only while bytes are there.
// Thread: its loop.
class HttpCheck final : public Check {
 public:
  explicit HttpCheck(Dialer& dialer) : dialer_(dialer) {}

  io::Task<ProbeResult> probe(CheckTarget target, base::MonoTime deadline) override;

 private:
  class Exchange;

  io::Task<ProbeResult> ask(Exchange exchange, base::MonoTime deadline);
  io::Task<ProbeResult> ask_tls(Exchange exchange, io::TlsClientOptions options,
                                base::MonoTime deadline);

  Dialer& dialer_;
  wire::ResponseHead scratch_;  // 5 KiB that every probe would otherwise carry; never kept
};

}  // namespace weft::health
