// A client of the gateway: asks again and again on one connection as long as that lasts, and holds
// every answer against what must have been said.
#pragma once

#include "base/random.h"
#include "io/loop.h"
#include "io/socket.h"
#include "io/task.h"
#include "ledger.h"
#include "plan.h"

#include <functional>
#include <string>
#include <string_view>

namespace weft::sim {

// Thread: the simulation's. Lifetime: stop() is awaited before destruction.
class GatewayClient final {
 public:
  // `node_was_away(since)`: was the node not there for a moment since then?
  struct Parts {
    io::Loop& loop;
    Ledger& ledger;
    const Plan& plan;
    base::SocketAddress gateway;
    std::function<bool(base::MonoTime since)> node_was_away;
  };

  GatewayClient(Parts parts, std::size_t number);
  GatewayClient(const GatewayClient&) = delete;
  GatewayClient& operator=(const GatewayClient&) = delete;

  // Asks more seldom from now on, or as before.
  void rest(bool rests) { rests_ = rests; }
  // Asks no more once the request under way has ended.
  void finish() { is_finishing_ = true; }
  bool has_ended() const { return scope_.size() == 0; }
  io::Task<void> stop() { co_await scope_.stop(); }

 private:
  // What came back.
  struct Heard {
    std::string bytes;
    bool is_whole = false;
    bool is_first = false;  // of its connection
    base::MonoTime begun{};
  };

  static io::Task<void> run(GatewayClient* self);
  io::Task<Heard> ask(const Request* request);
  std::string bytes_of(const Request& request) const;
  void judge(const Request& request, const Heard& heard);
  void judge_answer(const Request& request, const Heard& heard, int status);
  void judge_silence(const Request& request, const Heard& heard);

  const Parts parts_;
  const std::string name_;
  base::Random random_;
  bool rests_ = false;
  bool is_finishing_ = false;
  io::Socket socket_;
  io::TaskScope scope_;
};

}  // namespace weft::sim
