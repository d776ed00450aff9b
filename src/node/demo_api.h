// The demo's own calls to the node's API and through its gateway.
#pragma once

#include "base/json.h"
#include "http/client.h"
#include "io/loop.h"
#include "io/task.h"
#include "node/demo_ground.h"

#include <string>

namespace weft::node {

// Thread: its loop. Lifetime: outlives its calls.
class DemoApi final {
 public:
  DemoApi(io::Loop& loop, base::HostPort to)
      : loop_(loop), to_(std::move(to)), client_(loop, nullptr, http::Client::Reuse::kKeepAlive) {}
  DemoApi(const DemoApi&) = delete;
  DemoApi& operator=(const DemoApi&) = delete;

  // The JSON of a 2xx answer that comes within 3 s. `host` empty: that of the address.
  io::Task<Told<json::value>> fetch(std::string target, std::string host = {});
  io::Task<Told<json::value>> post(std::string target, json::value body);

 private:
  io::Task<Told<json::value>> call(http::ClientRequest request);

  io::Loop& loop_;
  const base::HostPort to_;
  http::Client client_;
};

// A member of a JSON object on the way down, null when one is missing: at(x, {"data", "totals"}).
const json::value& at(const json::value& value, std::initializer_list<std::string_view> path);
// The same as a number or text, 0 or "" when it is something else.
double number_at(const json::value& value, std::initializer_list<std::string_view> path);
std::string_view text_at(const json::value& value, std::initializer_list<std::string_view> path);

}  // namespace weft::node
