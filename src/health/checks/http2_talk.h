// One HTTP/2 conversation of a probe, over a connection of its own.
#pragma once

#include "base/address.h"
#include "base/error.h"
#include "base/time.h"
#include "health/check.h"
#include "health/dialer.h"
#include "health/probe_result.h"
#include "io/task.h"
#include "io/tls_engine.h"
#include "wire/http2_client.h"

#include <optional>

namespace weft::health {

struct Http2Talk {
  base::HostPort to;
  std::optional<io::TlsClientOptions> tls{};  // without: HTTP/2 from the first byte
};

// What it came to. Thread: its loop (a value).
struct Http2Outcome {
  bool is_connected = false;           // it got as far as HTTP/2
  std::optional<base::Error> error{};  // null: `client` is done
};

// Carries `client`'s conversation until it is done, or `deadline`. Lifetime: dialer and client
// outlive the task.
io::Task<Http2Outcome> talk_http2(Dialer& dialer, Http2Talk with, wire::Http2Client& client,
                                  base::MonoTime deadline);

// How its TLS is to be; null: the check asks for none.
std::optional<io::TlsClientOptions> h2_tls_of(const CheckTarget& target);

// Passing, critical or inconclusive, as far as the conversation alone says; without an output.
ProbeResult judge_talk(const Http2Outcome& outcome);

}  // namespace weft::health
