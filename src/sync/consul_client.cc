#include "sync/consul_client.h"

#include "base/text.h"
#include "sync/answers.h"

#include <fmt/format.h>

#include <utility>

namespace weft::sync {
namespace {

using base::Code;
using base::Result;
using base::Side;

Result<void> judge_answer(const http::ClientResponse& answer) {
  if (answer.status >= 200 && answer.status < 300) {
    return answer.body_cut
               ? base::fail(Code::kBodyTooLarge, "the answer is too long", Side::kBackend)
               : Result<void>();
  }
  switch (answer.status) {
    case 401:
    case 403:
      return base::fail(Code::kForbidden, "Consul refuses the token", Side::kClient);
    case 404:
      return base::fail(Code::kNotFound, "Consul does not know this path", Side::kClient);
    case 429:
      return base::fail(Code::kUnavailable, "Consul has too much to do", Side::kBackend);
    default:
      break;
  }
  return answer.status >= 400 && answer.status < 500
             ? base::fail(Code::kInvalid, "Consul refuses the request", Side::kClient)
             : base::fail(Code::kUnavailable, "Consul answers with an error", Side::kBackend);
}

}  // namespace

io::Task<Result<ConsulAnswer>> ConsulClient::get(std::string path, BlockingWait wait) {
  http::ClientRequest request;
  request.target = std::move(path);
  request.deadline = loop_.now() + options_.call_timeout;
  if (wait.index > 0) {
    const auto millis = std::chrono::duration_cast<base::Millis>(wait.wait).count();
    request.target += fmt::format("{}index={}&wait={}ms", request.target.contains('?') ? '&' : '?',
                                  wait.index, millis);
    request.deadline += wait.wait + wait.wait / 16;  // Consul adds up to that
  }
  auto answer = co_await call(std::move(request));
  co_return answer;
}

io::Task<Result<ConsulAnswer>> ConsulClient::put(std::string path, json::object body) {
  http::ClientRequest request;
  request.method = wire::Method::kPut;
  request.target = std::move(path);
  request.body = base::write_json(std::move(body));
  request.fields.set("Content-Type", "application/json");
  request.deadline = loop_.now() + options_.call_timeout;
  auto answer = co_await call(std::move(request));
  co_return answer;
}

io::Task<Result<ConsulAnswer>> ConsulClient::call(http::ClientRequest request) {
  request.to = options_.address;
  request.body_bytes_max = kAnswerBytesMax;
  if (!options_.token.empty()) {
    request.fields.set("X-Consul-Token", options_.token);
  }
  auto answer = co_await http_.call(std::move(request));
  if (!answer) {
    co_return base::fail(answer.error());
  }
  WEFT_CO_TRY_VOID(judge_answer(*answer));
  ConsulAnswer out;
  out.index = base::parse_u64(answer->fields.value("X-Consul-Index")).value_or(0);
  out.body = std::move(answer->body);
  co_return out;
}

}  // namespace weft::sync
