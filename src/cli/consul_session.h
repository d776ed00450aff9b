// Conversations of a command with a node's Consul face: where it is, who asks, and what to tell a
// person when it does not work.
#pragma once

#include "base/json.h"
#include "base/time.h"
#include "cli/api_session.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/paint.h"
#include "io/loop.h"
#include "io/task.h"
#include "wire/http1.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::cli {

struct ConsulOptions {
  std::string url = "http://127.0.0.1:10006";
  bool json = false;
  OutputForm form() const { return form_of(json); }
};

// Appends --consul-url and --json.
void add_consul_options(Command& command, ConsulOptions& options);

struct ConsulRequest {
  wire::Method method = wire::Method::kGet;
  std::string target;  // "/v1/kv/a?raw"
  std::string body = {};
  base::Nanos patience = kPatience;
};

struct ConsulAnswer {
  std::uint16_t status = 0;
  std::uint64_t index = 0;  // X-Consul-Index; 0: it has none
  std::string body;
};

// What a person is told when the node said no: its own line of text.
// Thread: any; pure.
std::string explain_consul_refusal(const ApiUrl& url, std::uint16_t status, std::string_view body);

// Who asks, as X-Consul-Token says it: CONSUL_HTTP_TOKEN, else WEFT_TOKEN; nullopt: nobody.
std::optional<std::string> consul_token(const Environment& environment);

// Thread: the one that made it.
class ConsulSession final {
 public:
  // Errors: parse_api_url's; a machine without epoll.
  static Outcome<std::unique_ptr<ConsulSession>> open(const ConsulOptions& options);
  ConsulSession(std::unique_ptr<ApiSession> api, std::optional<std::string> token);

  const ApiUrl& url() const { return api_->url(); }
  io::Loop& loop() { return api_->loop(); }

  // Sends one request; any status is an answer. Errors: there was none (Failure::status is 0).
  io::Task<Outcome<ConsulAnswer>> ask(ConsulRequest request);
  // The same to its end, for who does one thing at a time.
  Outcome<ConsulAnswer> ask_now(ConsulRequest request);
  // The same. Errors: also a status that is not 2xx.
  Outcome<ConsulAnswer> call(ConsulRequest request);
  // Returns: the JSON of a 2xx answer.
  Outcome<json::value> fetch(std::string target);
  // The JSON of an answer. Errors: it is none.
  Outcome<json::value> parse(const ConsulAnswer& answer) const;

  Failure refusal(const ConsulAnswer& answer) const;

 private:
  std::unique_ptr<ApiSession> api_;
  const std::optional<std::string> token_;
};

}  // namespace weft::cli
