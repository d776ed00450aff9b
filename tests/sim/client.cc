#include "client.h"

#include "base/text.h"
#include "messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weft::sim {
namespace {

using namespace std::chrono_literals;

// Longer than the gateway gives any request.
constexpr base::Nanos kPatience = base::Seconds(90);

constexpr int kRestFactor = 10;

// The status of an answer; 0: there is none.
int status_of(std::string_view bytes) {
  const auto status = base::parse_u64(bytes.substr(std::min<std::size_t>(9, bytes.size()), 3));
  return bytes.starts_with("HTTP/1.1 ") && status ? static_cast<int>(*status) : 0;
}

std::string body_of(std::string_view bytes) {
  const std::size_t at = bytes.find(scenario::kHeadEnd) + scenario::kHeadEnd.size();
  const bool is_chunked = !scenario::field_of(bytes.substr(0, at), "Transfer-Encoding").empty();
  return is_chunked ? scenario::read_chunks(bytes.substr(at)).data : std::string(bytes.substr(at));
}

}  // namespace

GatewayClient::GatewayClient(Parts parts, std::size_t number)
    : parts_(std::move(parts)),
      name_(fmt::format("client {}", number)),
      random_(parts_.plan.seed * 100 + number) {
  scope_.spawn("client", run(this));
}

io::Task<void> GatewayClient::run(GatewayClient* self) {
  while (!self->is_finishing_) {
    const std::size_t service = self->random_.below(self->parts_.plan.services.size());
    const Request& request = self->parts_.ledger.begin_request(service, self->random_.unit() < 0.4);
    const Heard heard = co_await self->ask(&request);
    self->judge(request, heard);
    const base::Nanos pace = self->parts_.plan.pace * (self->rests_ ? kRestFactor : 1);
    const auto pause = self->random_.below(static_cast<std::uint64_t>(pace.count()) * 2);
    const auto slept =
        co_await self->parts_.loop.sleep_for(base::Nanos(static_cast<std::int64_t>(pause)));
    if (!slept) {
      break;
    }
  }
  self->socket_.close();
}

std::string GatewayClient::bytes_of(const Request& request) const {
  const std::string& service = parts_.plan.services[request.service];
  std::string out =
      fmt::format("{} /svc/{}/x HTTP/1.1\r\nHost: gateway\r\nX-Number: {}\r\nX-Service: {}\r\n",
                  request.is_post ? "POST" : "GET", service, request.number, request.service);
  if (!request.is_post) {
    return out + "\r\n";
  }
  const std::string body = request_body(request.number);
  if (request.number % 3 == 0 && !body.empty()) {
    return out + fmt::format("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                             body.size(), body);
  }
  return out + fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
}

io::Task<GatewayClient::Heard> GatewayClient::ask(const Request* request) {
  Heard heard;
  io::Loop& loop = parts_.loop;
  heard.begun = loop.now();
  const base::MonoTime deadline = loop.now() + kPatience;
  if (!socket_) {
    heard.is_first = true;
    auto socket = co_await io::connect(loop, parts_.gateway, deadline);
    if (!socket) {
      co_return heard;
    }
    socket_ = std::move(*socket);
  }
  const std::string bytes = bytes_of(*request);
  // An answer may come before all is sent (a refusal): what was said counts.
  const auto sent = co_await socket_.send(bytes, deadline);
  bool keeps = sent.has_value();
  for (;;) {
    const std::size_t end = scenario::message_end(heard.bytes, true, scenario::Ending::kWithHead);
    if (end != std::string::npos) {
      heard.is_whole = true;
      const std::string_view head =
          std::string_view(heard.bytes).substr(0, heard.bytes.find(scenario::kHeadEnd));
      keeps = keeps && end == heard.bytes.size() && scenario::field_of(head, "Connection").empty();
      break;
    }
    std::array<char, 16384> piece;
    const auto count = co_await socket_.recv(piece, deadline);
    if (!count || *count == 0) {
      keeps = false;
      break;
    }
    heard.bytes.append(piece.data(), *count);
  }
  if (!keeps) {
    socket_.close();
  }
  co_return heard;
}

void GatewayClient::judge(const Request& request, const Heard& heard) {
  const int status = status_of(heard.bytes);
  const base::Nanos took = parts_.loop.now() - heard.begun;
  parts_.ledger.note_request(fmt::format(
      "{}: {} {} got {}{} after {} us, executed {} times", name_, request.is_post ? "POST" : "GET",
      request.number, status, heard.is_whole ? "" : " in part",
      std::chrono::duration_cast<base::Micros>(took).count(), request.executions));
  parts_.ledger.end_request(heard.is_whole ? status : 0);
  if (took >= kPatience) {
    parts_.ledger.complain(fmt::format("request {} got no end", request.number));
  }
  if (heard.is_whole) {
    judge_answer(request, heard, status);
  } else {
    judge_silence(request, heard);
  }
}

void GatewayClient::judge_answer(const Request& request, const Heard& heard, int status) {
  Ledger& ledger = parts_.ledger;
  if (status == 200) {
    const std::string_view head =
        std::string_view(heard.bytes).substr(0, heard.bytes.find(scenario::kHeadEnd));
    const std::string_view instance = scenario::field_of(head, "X-Mesh-Instance");
    if (body_of(heard.bytes) != answer_body(request.number, instance)) {
      ledger.complain(fmt::format("request {} got another answer than {} gave: {}", request.number,
                                  instance, heard.bytes.substr(0, 300)));
    }
    if (request.executions == 0) {
      ledger.complain(fmt::format("request {} was answered by nobody", request.number));
    }
    return;
  }
  if (status != 502 && status != 503 && status != 504) {
    ledger.complain(
        fmt::format("request {} got {}: {}", request.number, status, heard.bytes.substr(0, 300)));
  }
  if (ledger.is_peace()) {
    ledger.complain(
        fmt::format("request {} got {} in peace: {}", request.number, status, heard.bytes));
  }
}

// No answer at all, or not all of one.
void GatewayClient::judge_silence(const Request& request, const Heard& heard) {
  Ledger& ledger = parts_.ledger;
  if (ledger.is_peace()) {
    ledger.complain(fmt::format("request {} got no whole answer in peace", request.number));
    return;
  }
  // An answer that has begun can only be cut when its backend cuts it; a kept connection may have
  // ended before the request came.
  const bool may_be = !parts_.plan.has_clean_client_links() || !heard.bytes.empty() ||
                      parts_.node_was_away(heard.begun);
  if (!may_be && heard.is_first) {
    ledger.complain(fmt::format("request {} got no answer on a fresh connection", request.number));
  }
}

}  // namespace weft::sim
