// A client for whole messages: probes, mesh calls, the CLI. One connection per call unless the
// caller keeps a Client, which keeps connections alive.
#pragma once

#include "base/address.h"
#include "base/limits.h"
#include "base/result.h"
#include "http/headers.h"
#include "http/pool.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "io/task.h"
#include "wire/http1.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace weft::http {

struct ClientRequest {
  wire::Method method = wire::Method::kGet;
  base::HostPort to;         // where to connect
  std::string unix_path;     // instead of `to`
  std::string target = "/";  // path and query
  std::string host;          // the Host field; empty: `to`
  Headers fields;            // Host, Content-Length and Connection are written by the client
  std::string body;
  base::MonoTime deadline = base::kNever;  // of the whole call
  base::Nanos connect_timeout{0};          // 0: what is left until the deadline
  std::size_t body_bytes_max = base::default_of(base::Limit::kBodyBytes);
};

struct ClientResponse {
  std::uint16_t status = 0;
  Headers fields;
  std::string body;
  bool body_cut = false;  // it was longer than body_bytes_max; the rest was not read
};

// Thread: its loop. Lifetime: outlives its calls.
class Client final {
 public:
  enum class Reuse : std::uint8_t { kKeepAlive, kFreshConnection };

  // `resolver` may be null: then only addresses and localhost are known.
  Client(io::Loop& loop, io::Resolver* resolver, Reuse reuse)
      : loop_(loop), resolver_(resolver), reuse_(reuse) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Sends one request and reads the whole answer. Redirects are not followed. A pooled connection
  // that died idle is replaced once, when the method is idempotent.
  // Errors: kNoName, kRefused, kUnreachable, kTimeout, kReset, kClosed, kBadMessage, kHeadTooLarge,
  //         kTooManyFields, kCancelled; side backend; `retry` says whether the request can have
  //         been processed.
  io::Task<base::Result<ClientResponse>> call(ClientRequest request);

 private:
  io::Task<base::Result<io::Socket>> connect(const ClientRequest& request);
  // By a connection that is there already. Returns: nothing when a fresh one is due; `unsure` then
  // is how a try ended that may have been processed.
  io::Task<std::optional<base::Result<ClientResponse>>> call_pooled(
      const ClientRequest& request, std::optional<base::Error>& unsure);
  // Keeps a connection that can carry more; with this one it has carried so many `requests`.
  io::Task<base::Result<ClientResponse>> converse(io::Socket& socket, const ClientRequest& request,
                                                  std::uint32_t requests);
  BackendPool& pool_of(const ClientRequest& request);
  void sweep_pools();

  io::Loop& loop_;
  io::Resolver* resolver_;
  const Reuse reuse_;
  std::unordered_map<std::string, std::unique_ptr<BackendPool>> pools_;
  base::MonoTime next_sweep_{};
  static constexpr std::size_t kPoolsMax = 1024;
};

}  // namespace weft::http
