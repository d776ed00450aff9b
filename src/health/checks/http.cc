#include "health/checks/http.h"

#include "base/result.h"
#include "base/text.h"
#include "health/checks/http_answer.h"
#include "health/checks/http_request.h"
#include "health/checks/http_url.h"
#include "health/probe_text.h"
#include "io/socket.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace weft::health {
namespace {

using base::Code;
using base::Result;
using model::CheckStatus;

Result<HttpUrl> url_of(const CheckTarget& target) {
  if (!target.spec().target.empty()) {
    return parse_http_url(target.spec().target);
  }
  WEFT_TRY(base::HostPort own, target.own_address());
  return HttpUrl{std::move(own), target.spec().path};
}

// Returns: null for the usual one.
Result<std::unique_ptr<ProbeRequest>> own_request_of(const CheckTarget& target,
                                                     const HttpUrl& url) {
  const model::CheckDetails* details = target.spec().details.get();
  if (details == nullptr || !has_own_request(*details)) {
    return nullptr;
  }
  WEFT_TRY(ProbeRequest own, encode_own_request(url, url.host.to_string(), *details));
  return std::make_unique<ProbeRequest>(std::move(own));
}

io::Task<ProbeResult> end_at_once(ProbeResult result) { co_return result; }

}  // namespace

// One probe while it goes on, and what it comes to.
class HttpCheck::Exchange final {
 public:
  // `own`: null for the usual request.
  Exchange(HttpUrl url, model::HttpVerdict verdict, std::unique_ptr<ProbeRequest> own,
           base::MonoTime start);

  const base::HostPort& to() const { return url_.host; }
  std::string request() const;

  // Takes what a receive came to. Returns: true when nothing more is needed.
  // Errors: those of `count` and of HttpAnswer::fold; kClosed (it ended within the answer).
  Result<bool> fold(const Result<std::size_t>& count, io::Buffer& in, wire::ResponseHead& scratch,
                    base::MonoTime now);

  bool has_status() const { return answer_.has_status(); }
  // Only with a status. What went wrong after it changes nothing.
  ProbeResult answered() const;
  ProbeResult failed(const base::Error& error, base::MonoTime now) const {
    return failed(error, failure_text(error), now);
  }
  ProbeResult failed(const base::Error& error, std::string_view text, base::MonoTime now) const;

 private:
  std::string describe(std::string_view what, std::string_view reason, std::string_view body) const;

  HttpUrl url_;
  std::string host_;  // with the port, as Host: says it
  std::unique_ptr<ProbeRequest> own_;
  model::HttpVerdict verdict_;
  base::MonoTime start_;
  HttpAnswer answer_;
  bool heard_ = false;         // a byte came back
  base::MonoTime heard_at_{};  // the end of the head
};

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

HttpCheck::Exchange::Exchange(HttpUrl url, model::HttpVerdict verdict,
                              std::unique_ptr<ProbeRequest> own, base::MonoTime start)
    : url_(std::move(url)),
      host_(url_.host.to_string()),
      own_(std::move(own)),
      verdict_(verdict),
      start_(start),
      answer_(own_ != nullptr ? own_->kind : wire::Method::kGet) {}

std::string HttpCheck::Exchange::request() const {
  return own_ != nullptr ? own_->bytes : encode_usual_request(url_, host_);
}

Result<bool> HttpCheck::Exchange::fold(const Result<std::size_t>& count, io::Buffer& in,
                                       wire::ResponseHead& scratch, base::MonoTime now) {
  if (!count) {
    return base::fail(count.error());
  }
  if (*count == 0) {
    return base::fail(Code::kClosed, "closed within the answer", base::Side::kBackend);
  }
  heard_ = true;
  const bool had_status = has_status();
  const auto done = answer_.fold(in, scratch);
  if (!had_status && has_status()) {
    heard_at_ = now;
  }
  return done;
}

// Source: contract/consul.md §2.1, the form of Output.
std::string HttpCheck::Exchange::describe(std::string_view what, std::string_view reason,
                                          std::string_view body) const {
  return base::concat({"HTTP ", own_ != nullptr ? std::string_view(own_->method) : "GET",
                       url_.is_tls ? " https://" : " http://", host_, url_.path, ": ", what,
                       reason.empty() ? "" : " ", reason, body.empty() ? "" : " Output: ", body});
}

ProbeResult HttpCheck::Exchange::answered() const {
  std::string text = describe(std::to_string(answer_.status()), answer_.reason(), answer_.body());
  return {.status = judge_status(verdict_, answer_.status()),
          .response_time = heard_at_ - start_,
          .output = printable(std::move(text), model::CheckState::kOutputBytesMax)};
}

ProbeResult HttpCheck::Exchange::failed(const base::Error& error, std::string_view text,
                                        base::MonoTime now) const {
  ProbeResult result;
  result.response_time = now - start_;
  result.output = describe(text, "", "");
  if (!is_inconclusive(error)) {
    result.status = CheckStatus::kCritical;
    result.no_answer = !heard_ && !is_answer(error);
  }
  return result;
}

io::Task<ProbeResult> HttpCheck::probe(CheckTarget target, base::MonoTime deadline) {
  auto url = url_of(target);
  if (!url) {
    return end_at_once({CheckStatus::kCritical, true, {}, url.error().what});
  }
  auto own = own_request_of(target, *url);
  if (!own) {
    return end_at_once({CheckStatus::kCritical, true, {}, own.error().what});
  }
  const bool is_tls = url->is_tls;
  Exchange exchange(std::move(*url), target.spec().verdict, std::move(*own), dialer_.loop().now());
  if (is_tls) {
    return ask_tls(std::move(exchange), tls_options_of(target, "http/1.1"), deadline);
  }
  return ask(std::move(exchange), deadline);
}

// One coroutine, so one frame: most of what a probe costs us is memory that no cache holds.
io::Task<ProbeResult> HttpCheck::ask(Exchange exchange, base::MonoTime deadline) {
  io::Loop& loop = dialer_.loop();
  auto address = dialer_.known(exchange.to());
  if (!address) {
    address = co_await dialer_.look_up(exchange.to(), deadline);
  }
  if (!*address) {
    co_return exchange.failed(address->error(), loop.now());
  }
  auto socket = co_await dialer_.connect(**address, deadline);
  if (!socket) {
    co_return exchange.failed(socket.error(), loop.now());
  }
  const std::string request = exchange.request();
  const auto sent = co_await socket->send(request, deadline);
  // A server that refuses early may have answered before it closed: what it said counts more.
  io::Buffer in;
  Result<bool> done = false;
  while (done && !*done) {
    Result<std::size_t> count = 0;
    if (in.empty()) {
      in.reset();
      count = co_await socket->recv_pooled(in, deadline);
    } else {
      in.compact();
      count = co_await socket->recv({in.tail(), in.tail_room()}, deadline);
      in.commit(count.value_or(0));
    }
    done = exchange.fold(count, in, scratch_, loop.now());
  }
  if (exchange.has_status()) {
    co_return exchange.answered();
  }
  co_return exchange.failed(sent ? done.error() : sent.error(), loop.now());
}

io::Task<ProbeResult> HttpCheck::ask_tls(Exchange exchange, io::TlsClientOptions options,
                                         base::MonoTime deadline) {
  io::Loop& loop = dialer_.loop();
  auto stream = co_await dialer_.dial_tls(exchange.to(), std::move(options), deadline);
  if (!stream) {
    co_return exchange.failed(stream.error(), tls_failure_text(stream.error()), loop.now());
  }
  const std::string request = exchange.request();
  const auto sent = co_await stream->send(request, deadline);
  io::Buffer in = loop.buffers().take();
  Result<bool> done = false;
  while (done && !*done) {
    in.compact();
    const auto count = co_await stream->recv({in.tail(), in.tail_room()}, deadline);
    in.commit(count.value_or(0));
    done = exchange.fold(count, in, scratch_, loop.now());
  }
  if (exchange.has_status()) {
    co_return exchange.answered();
  }
  co_return exchange.failed(sent ? done.error() : sent.error(), loop.now());
}

}  // namespace weft::health
