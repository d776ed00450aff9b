#include "health/checks/http.h"

#include "health/probe_text.h"

#include <fmt/format.h>

namespace weft::health {
namespace {

using base::Code;
using base::Result;
using model::CheckStatus;

Result<HttpUrl> url_of(const CheckTarget& target) {
  const model::Instance& instance = target.instance();
  if (!target.spec().target.empty()) {
    return parse_http_url(target.spec().target);
  }
  if (!model::is_port(instance.port)) {
    return base::fail(Code::kInvalid, "the instance has no port that can be probed");
  }
  return HttpUrl{{instance.address, static_cast<std::uint16_t>(instance.port)}, target.spec().path};
}

std::string encode_request(const HttpUrl& url) {
  return fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: weft-health\r\nAccept: */*\r\n"
      "Connection: close\r\n\r\n",
      url.path, url.host.to_string());
}

// Source: contract/consul.md §2.1, the form of Output.
std::string describe_answer(const std::string& url, const HttpAnswer& answer) {
  const std::string text = fmt::format("HTTP GET {}: {}{}{}{}{}", url, answer.status(),
                                       answer.reason().empty() ? "" : " ", answer.reason(),
                                       answer.body().empty() ? "" : " Output: ", answer.body());
  return printable(text, model::CheckState::kOutputBytesMax);
}

}  // namespace

CheckStatus judge_status(model::HttpVerdict verdict, std::uint16_t status) {
  const bool is_success = status >= 200 && status <= 299;
  switch (verdict) {
    case model::HttpVerdict::kSuccess:
      return is_success ? CheckStatus::kPassing : CheckStatus::kCritical;
    case model::HttpVerdict::kLenient:
      if (status == 200) {
        return CheckStatus::kPassing;
      }
      return status > 200 && status <= 499 ? CheckStatus::kWarning : CheckStatus::kCritical;
    case model::HttpVerdict::kStrict:
      if (status == 429) {
        return CheckStatus::kWarning;
      }
      return is_success ? CheckStatus::kPassing : CheckStatus::kCritical;
  }
  return CheckStatus::kCritical;
}

io::Task<ProbeResult> HttpCheck::probe(CheckTarget target, base::MonoTime deadline) {
  const auto url = url_of(target);
  if (!url) {
    co_return ProbeResult{CheckStatus::kCritical, true, {}, url.error().what};
  }
  const base::MonoTime start = dialer_.loop().now();
  Exchange exchange;
  const auto done = co_await converse(*url, deadline, exchange);

  ProbeResult result;
  if (exchange.answer.has_status()) {
    result.status = judge_status(target.spec().verdict, exchange.answer.status());
    result.response_time = exchange.heard_at - start;
    result.output = describe_answer(url->to_string(), exchange.answer);
    co_return result;
  }
  result.response_time = dialer_.loop().now() - start;
  result.output = fmt::format("HTTP GET {}: {}", url->to_string(), failure_text(done.error()));
  if (!is_inconclusive(done.error())) {
    result.status = CheckStatus::kCritical;
    result.no_answer = !exchange.heard;
  }
  co_return result;
}

// Returns: success only with a status.
io::Task<Result<void>> HttpCheck::converse(const HttpUrl& url, base::MonoTime deadline,
                                           Exchange& exchange) {
  WEFT_CO_TRY(io::Socket socket, co_await dialer_.dial(url.host, deadline));
  const std::string request = encode_request(url);
  const auto sent = co_await socket.send(request, deadline);
  // A server that refuses early may have answered before it closed: what it said counts more.
  const auto answered = co_await read_answer(socket, deadline, exchange);
  co_return sent ? answered : sent;
}

io::Task<Result<void>> HttpCheck::read_answer(io::Socket& socket, base::MonoTime deadline,
                                              Exchange& exchange) {
  io::Buffer in;
  for (;;) {
    Result<std::size_t> count = 0;
    if (in.empty()) {
      in.reset();
      count = co_await socket.recv_pooled(in, deadline);
    } else {
      in.compact();
      count = co_await socket.recv({in.tail(), in.tail_room()}, deadline);
      in.commit(count.value_or(0));
    }
    if (!count) {
      co_return base::fail(count.error());
    }
    if (*count == 0) {
      co_return base::fail(Code::kClosed, "closed within the answer", base::Side::kBackend);
    }
    exchange.heard = true;
    const bool had_status = exchange.answer.has_status();
    const auto done = exchange.answer.fold(in, scratch_);
    if (!had_status && exchange.answer.has_status()) {
      exchange.heard_at = socket.loop().now();
    }
    if (!done || *done) {
      co_return done ? Result<void>() : base::fail(done.error());
    }
  }
}

}  // namespace weft::health
