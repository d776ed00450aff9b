// The requests of a sync to one Consul. Source: Consul HTTP API, "Blocking queries".
#pragma once

#include "base/address.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "http/client.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "io/task.h"

#include <cstdint>
#include <string>

namespace weft::sync {

struct ConsulAnswer {
  std::string body;
  std::uint64_t index = 0;  // of what was read; 0: it has none
};

// What a read waits for: something newer than `index`; 0: nothing, it answers at once.
struct BlockingWait {
  std::uint64_t index = 0;
  base::Nanos wait{0};
};

// Thread: its loop. Lifetime: loop and resolver outlive it, it outlives its calls.
class ConsulClient final {
 public:
  struct Options {
    base::HostPort address;
    std::string token;                             // empty: none
    base::Nanos call_timeout = base::Seconds(10);  // of a call, beside what it waits for
  };

  // `resolver` may be null: then only addresses and localhost are known.
  ConsulClient(io::Loop& loop, io::Resolver* resolver, Options options)
      : loop_(loop),
        http_(loop, resolver, http::Client::Reuse::kKeepAlive),
        options_(std::move(options)) {}

  // `path` with its query. Errors of both: those of http::Client; kForbidden, kNotFound, kInvalid
  // (another 4xx), side kClient: asking the same again is of no use; kUnavailable (it answered that
  // it cannot now: no leader, too much to do), kBodyTooLarge.
  io::Task<base::Result<ConsulAnswer>> get(std::string path, BlockingWait wait = {});
  io::Task<base::Result<ConsulAnswer>> put(std::string path, json::object body);

 private:
  io::Task<base::Result<ConsulAnswer>> call(http::ClientRequest request);

  io::Loop& loop_;
  http::Client http_;
  const Options options_;
};

}  // namespace weft::sync
