// A datagram is sent to see whether somebody refuses it.
#pragma once

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"
#include "io/loop.h"
#include "io/task.h"

#include <cstdint>
#include <string>

namespace weft::io {

enum class UdpReply : std::uint8_t {
  kAnswer,   // a datagram came back
  kSilence,  // nothing did until the deadline, which most servers leave it at
};

// Sends `datagram` from a socket of its own, and waits for an answer or a refusal.
// Errors: kRefused, kUnreachable, kForbidden (ICMP says so, or this machine), kNoSpace, kCancelled,
// kIo. Source: udp(7), "Error handling"; RFC 1122 §4.1.3.3. Thread: the loop's; real drivers only.
Task<base::Result<UdpReply>> probe_udp(Loop& loop, base::SocketAddress to, std::string datagram,
                                       base::MonoTime deadline);

}  // namespace weft::io
