// What two weft processes say to one another while the new one takes over from the old one.
//
//   new                     old
//   hello          →
//                  ←        listeners (with their descriptors; several while `more`)
//   store          →                                        nothing has changed so far
//                  ←        released (its store is closed, its writes wait)
//   ready          →
//                  ←        go       (it accepts nobody any more and drains)
//
// Whoever is left alone before `go` goes on as if nothing had been said: the old one takes its
// store back, the new one ends. `refused` with `why` may come in place of any answer.
#pragma once

#include "base/described.h"
#include "base/result.h"
#include "io/handover_socket.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

// Where the old one is found, in the data directory.
inline constexpr std::string_view kTakeoverSocket = "/takeover.sock";

enum class TakeoverWord : std::uint8_t {
  kHello,
  kListeners,
  kStore,
  kReleased,
  kReady,
  kGo,
  kRefused
};
BOOST_DESCRIBE_ENUM(TakeoverWord, kHello, kListeners, kStore, kReleased, kReady, kGo, kRefused)

// A listening socket as both know it. A gateway address has one for each loop.
struct ListenerName {
  std::string role;     // "control", "proxy"
  std::string wanted;   // as the settings have it: "127.0.0.1:0"
  std::string address;  // as it is bound: "127.0.0.1:41234"
};
BOOST_DESCRIBE_STRUCT(ListenerName, (), (role, wanted, address))

struct TakeoverMessage {
  TakeoverWord say = TakeoverWord::kRefused;
  std::uint32_t protocol = 1;
  std::string version;                  // of weft; hello
  std::uint64_t pid = 0;                // hello
  std::vector<ListenerName> listeners;  // listeners: in the order of the descriptors
  bool more = false;                    // listeners: another message of them follows
  std::uint64_t index = 0;              // released: of the newest change in the store
  std::vector<std::string> taken;       // ready: addresses that the new one listens on now
  std::string why;                      // refused
};
BOOST_DESCRIBE_STRUCT(TakeoverMessage, (),
                      (say, protocol, version, pid, listeners, more, index, taken, why))

// Errors: HandoverSocket::send()'s.
base::Result<void> send_takeover(io::HandoverSocket& to, const TakeoverMessage& message,
                                 std::span<const int> descriptors = {});
// Errors: kBadMessage: it is none of ours.
base::Result<TakeoverMessage> parse_takeover(std::string_view text);

}  // namespace weft::node
