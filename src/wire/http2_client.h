// Http2Client: one HTTP/2 connection as its client sees it, for one request or one PING. No I/O:
// bytes of the peer go in, bytes for the peer come out.
//
//   client.send_request(request);
//   while (!client.is_done()) { send(client.take_output()); WEFT_TRY_VOID(client.fold(recv())); }
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::wire {

// In the order of the message; names are lower case.
using Http2Fields = std::vector<std::pair<std::string, std::string>>;

struct Http2Request {
  std::string method = "GET";
  std::string scheme = "http";
  std::string authority{};
  std::string path = "/";
  Http2Fields fields{};
  std::string body{};
};

struct Http2Answer {
  std::uint16_t status = 0;  // 0: its head has not come
  Http2Fields fields{};      // of the head, and behind them those of the trailers
  std::string body{};

  // Returns: the last value of that name, empty when there is none. Lifetime: the answer's.
  std::string_view value(std::string_view name) const;
};

struct Http2ClientLimits {
  std::size_t head_bytes = 16 * 1024;  // all fields of an answer, trailers included
  std::size_t body_bytes = 64 * 1024;
};

// Source: RFC 9113, with prior knowledge (§3.3) or behind TLS. Nothing is pushed to us.
// Thread: its loop; never waits.
class Http2Client final {
 public:
  explicit Http2Client(const Http2ClientLimits& limits = {});
  Http2Client(Http2Client&&) noexcept;
  Http2Client& operator=(Http2Client&&) noexcept;
  ~Http2Client();

  // One of the two, once.
  void send_request(Http2Request request);
  void send_ping();

  // What is to be sent to the peer now, the preface first; empty: nothing.
  std::string take_output();

  // Takes what the peer sent.
  // Errors: kBadMessage (it does not speak HTTP/2, or breaks its rules), kReset (it refuses the
  // request, or everything), kHeadTooLarge, kBodyTooLarge. Not used any more then.
  base::Result<void> fold(std::string_view bytes);

  // Has the whole answer come, or that to the PING?
  bool is_done() const;
  const Http2Answer& answer() const;

 private:
  struct State;
  std::unique_ptr<State> state_;  // whose place the library knows
};

}  // namespace weft::wire
