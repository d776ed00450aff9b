#include "cli/consul_session.h"

#include "base/text.h"
#include "http/status.h"

#include <fmt/format.h>

#include <utility>

namespace weft::cli {
namespace {

constexpr UrlWords kConsulWords{"--consul-url", "CONSUL_HTTP_ADDR", "http://127.0.0.1:10006"};
// All keys of a node may be much more than what a node takes at once.
constexpr std::size_t kAnswerBytesMax = std::size_t{512} * 1024 * 1024;
constexpr std::size_t kRefusalColumns = 300;

io::Task<void> ask_into(ConsulSession* session, ConsulRequest request, Outcome<ConsulAnswer>* out) {
  *out = co_await session->ask(std::move(request));
}

}  // namespace

void add_consul_options(Command& command, ConsulOptions& options) {
  command.options.push_back(
      {.name = "--consul-url",
       .about = "Where the node's Consul API is (default http://127.0.0.1:10006; environment: "
                "CONSUL_HTTP_ADDR; a token: CONSUL_HTTP_TOKEN)",
       .into = &options.url,
       .shown = "URL",
       .environment = "CONSUL_HTTP_ADDR"});
  add_json_flag(command, options.json);
}

std::string explain_consul_refusal(const ApiUrl& url, std::uint16_t status, std::string_view body) {
  const std::string line(base::trim(body.substr(0, body.find('\n'))));
  if (status / 100 == 2 || line.empty() || line.starts_with('<') || line.starts_with('{')) {
    return fmt::format("{} answered {} {}; is it a node's Consul API? see {}", url.text, status,
                       http::reason_phrase(status), url.words.option);
  }
  return fmt::format("{} ({} {}){}", std::string_view(line).substr(0, kRefusalColumns), status,
                     http::reason_phrase(status),
                     status == 403 ? "; give a token by CONSUL_HTTP_TOKEN" : "");
}

std::optional<std::string> consul_token(const Environment& environment) {
  for (const char* name : {"CONSUL_HTTP_TOKEN", "WEFT_TOKEN"}) {
    auto token = environment(name);
    if (token && !token->empty()) {
      return token;
    }
  }
  return std::nullopt;
}

Outcome<std::unique_ptr<ConsulSession>> ConsulSession::open(const ConsulOptions& options) {
  auto api = ApiSession::open(options.url, kConsulWords);
  if (!api) {
    return std::unexpected(api.error());
  }
  return std::make_unique<ConsulSession>(std::move(*api), consul_token(process_environment));
}

ConsulSession::ConsulSession(std::unique_ptr<ApiSession> api, std::optional<std::string> token)
    : api_(std::move(api)), token_(std::move(token)) {}

io::Task<Outcome<ConsulAnswer>> ConsulSession::ask(ConsulRequest request) {
  http::ClientRequest sent;
  sent.method = request.method;
  sent.target = std::move(request.target);
  sent.body = std::move(request.body);
  sent.deadline = api_->now() + request.patience;
  sent.body_bytes_max = kAnswerBytesMax;
  if (token_) {
    sent.fields.add("X-Consul-Token", *token_);
  }
  auto response = co_await api_->send(std::move(sent));
  if (!response) {
    co_return std::unexpected(
        Failure{explain_no_answer(url(), response.error(), request.patience)});
  }
  if (response->body_cut) {
    co_return std::unexpected(
        Failure{fmt::format("the answer is longer than {} MiB; ask for fewer at once",
                            kAnswerBytesMax / (1024 * 1024))});
  }
  ConsulAnswer answer;
  answer.status = response->status;
  answer.index = base::parse_u64(response->fields.value("X-Consul-Index")).value_or(0);
  answer.body = std::move(response->body);
  co_return answer;
}

Outcome<ConsulAnswer> ConsulSession::ask_now(ConsulRequest request) {
  Outcome<ConsulAnswer> answer = std::unexpected(Failure{"the call did not run"});
  loop().run_until_done(ask_into(this, std::move(request), &answer));
  return answer;
}

Outcome<ConsulAnswer> ConsulSession::call(ConsulRequest request) {
  auto answer = ask_now(std::move(request));
  if (answer && answer->status / 100 != 2) {
    return std::unexpected(refusal(*answer));
  }
  return answer;
}

Outcome<json::value> ConsulSession::fetch(std::string target) {
  const auto answer = call({.target = std::move(target)});
  if (!answer) {
    return std::unexpected(answer.error());
  }
  return parse(*answer);
}

Outcome<json::value> ConsulSession::parse(const ConsulAnswer& answer) const {
  auto parsed = base::parse_json(answer.body, {.bytes = kAnswerBytesMax});
  if (!parsed) {
    return std::unexpected(
        Failure{fmt::format("{} did not answer in JSON; is it a node's Consul API? see {}",
                            url().text, url().words.option)});
  }
  return std::move(*parsed);
}

Failure ConsulSession::refusal(const ConsulAnswer& answer) const {
  return {explain_consul_refusal(url(), answer.status, answer.body), 1, answer.status};
}

}  // namespace weft::cli
