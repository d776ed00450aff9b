#include "http/client.h"

#include "wire/chunked.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace weft::http {
namespace {

using base::Code;
using base::Result;
using base::Retry;
using base::Side;

constexpr std::size_t kInformationalMax = 16;

std::string encode_request(const ClientRequest& request, Client::Reuse reuse) {
  fmt::memory_buffer out;
  const auto at = std::back_inserter(out);
  fmt::format_to(at, "{} {} HTTP/1.1\r\nHost: {}\r\n", wire::method_name(request.method),
                 request.target, request.host.empty() ? request.to.to_string() : request.host);
  for (const auto& [name, value] : request.fields) {
    fmt::format_to(at, "{}: {}\r\n", name, value);
  }
  const bool may_have_body =
      request.method != wire::Method::kGet && request.method != wire::Method::kHead;
  if (!request.body.empty() || may_have_body) {
    fmt::format_to(at, "Content-Length: {}\r\n", request.body.size());
  }
  fmt::format_to(at, "{}\r\n{}",
                 reuse == Client::Reuse::kFreshConnection ? "Connection: close\r\n" : "",
                 request.body);
  return fmt::to_string(out);
}

// Collects one answer from what the socket delivers.
class AnswerReader final {
 public:
  AnswerReader(io::Socket& socket, const ClientRequest& request)
      : socket_(socket), request_(request) {}

  io::Task<Result<ClientResponse>> read(bool& reusable);

 private:
  io::Task<Result<std::size_t>> read_some();
  io::Task<Result<void>> read_head();
  io::Task<Result<void>> read_body();
  void take_head(const wire::ResponseHead& head);
  Result<bool> take_body();

  io::Socket& socket_;
  const ClientRequest& request_;
  io::Buffer in_;
  wire::Framing framing_;
  wire::ChunkedDecoder chunks_;
  std::uint64_t remaining_ = 0;
  ClientResponse out_;
};

io::Task<Result<std::size_t>> AnswerReader::read_some() {
  Result<std::size_t> count = 0;
  if (in_.empty()) {
    in_.reset();
    count = co_await socket_.recv_pooled(in_, request_.deadline);
  } else {
    if (in_.tail_room() == 0 && !in_.grow(socket_.loop().buffers())) {
      co_return base::fail(Code::kHeadTooLarge, "answer head", Side::kBackend);
    }
    count = co_await socket_.recv({in_.tail(), in_.tail_room()}, request_.deadline);
    in_.commit(count.value_or(0));
  }
  if (!count) {
    base::Error error = count.error();
    error.side = Side::kBackend;
    if (!in_.empty() || out_.status != 0) {
      error.retry = Retry::kNever;  // it answers: the request was processed
    }
    co_return base::fail(error);
  }
  co_return count;
}

io::Task<Result<void>> AnswerReader::read_head() {
  std::size_t seen = 0;
  for (std::size_t informational = 0; informational < kInformationalMax;) {
    if (!in_.empty()) {
      const auto head = std::make_unique<wire::ResponseHead>();
      WEFT_CO_TRY(const std::size_t bytes,
                  wire::parse_response_head(in_.view(), request_.method, {}, *head, seen));
      if (bytes > 0 && !head->is_informational) {
        take_head(*head);
        in_.consume(bytes);
        co_return Result<void>();
      }
      seen = bytes > 0 ? 0 : in_.size();
      if (bytes > 0) {
        in_.consume(bytes);
        ++informational;
        continue;
      }
    }
    WEFT_CO_TRY(const std::size_t count, co_await read_some());
    if (count == 0) {
      co_return base::fail(Code::kClosed, "closed without an answer", Side::kBackend,
                           in_.empty() ? Retry::kIfReused : Retry::kNever);
    }
  }
  co_return base::fail(Code::kBadMessage, "too many informational answers", Side::kBackend);
}

void AnswerReader::take_head(const wire::ResponseHead& head) {
  out_.status = head.status;
  for (const wire::Header& header : head.headers) {
    out_.fields.add(header.name, header.value);
  }
  framing_ = head.framing;
  remaining_ = framing_.content_length;
}

// Takes what the buffer holds of the body. Returns: true at its end.
Result<bool> AnswerReader::take_body() {
  std::size_t payload = in_.size();
  std::size_t consumed = in_.size();
  bool done = false;
  if (framing_.body == wire::BodyKind::kLength) {
    payload = consumed = static_cast<std::size_t>(
        std::min<std::uint64_t>(remaining_, static_cast<std::uint64_t>(in_.size())));
    remaining_ -= payload;
    done = remaining_ == 0;
  } else if (framing_.body == wire::BodyKind::kChunked) {
    WEFT_TRY(const auto step, chunks_.decode({in_.data(), in_.size()}));
    payload = step.payload;
    consumed = step.consumed;
    done = step.done;
  } else if (framing_.body == wire::BodyKind::kNone) {
    return true;
  }
  const std::size_t room = request_.body_bytes_max - out_.body.size();
  out_.body.append(in_.view().substr(0, std::min(payload, room)));
  out_.body_cut = payload > room;
  in_.consume(consumed);
  return done || out_.body_cut;
}

io::Task<Result<void>> AnswerReader::read_body() {
  for (;;) {
    WEFT_CO_TRY(const bool done, take_body());
    if (done) {
      co_return Result<void>();
    }
    WEFT_CO_TRY(const std::size_t count, co_await read_some());
    if (count == 0) {
      if (framing_.body == wire::BodyKind::kUntilClose) {
        co_return Result<void>();
      }
      co_return base::fail(Code::kClosed, "closed within the answer", Side::kBackend);
    }
  }
}

io::Task<Result<ClientResponse>> AnswerReader::read(bool& reusable) {
  WEFT_CO_TRY_VOID(co_await read_head());
  WEFT_CO_TRY_VOID(co_await read_body());
  reusable = framing_.keep_alive && framing_.body != wire::BodyKind::kUntilClose &&
             !out_.body_cut && in_.empty() && out_.status != 101;
  co_return std::move(out_);
}

}  // namespace

io::Task<Result<ClientResponse>> Client::call(ClientRequest request) {
  std::optional<base::Error> unsure;
  if (reuse_ == Reuse::kKeepAlive) {
    auto response = co_await call_pooled(request, unsure);
    if (response) {
      co_return *std::move(response);
    }
  }
  auto socket = co_await connect(request);
  if (!socket) {
    co_return base::fail(unsure.value_or(socket.error()));
  }
  co_return co_await converse(*socket, request, 1);
}

io::Task<std::optional<Result<ClientResponse>>> Client::call_pooled(
    const ClientRequest& request, std::optional<base::Error>& unsure) {
  sweep_pools();
  auto pooled = pool_of(request).take(loop_.now());
  if (!pooled) {
    co_return std::nullopt;
  }
  auto response = co_await converse(pooled->socket, request, pooled->requests + 1);
  if (response || response.error().retry == Retry::kNever) {
    co_return response;
  }
  pool_of(request).on_stale(pooled->idled, loop_.now());
  if (response.error().retry == Retry::kIfReused) {
    if (!wire::is_idempotent(request.method)) {
      co_return response;
    }
    unsure = response.error();
  }
  co_return std::nullopt;
}

io::Task<Result<ClientResponse>> Client::converse(io::Socket& socket, const ClientRequest& request,
                                                  std::uint32_t requests) {
  const std::string bytes = encode_request(request, reuse_);
  if (const auto sent = co_await socket.send(bytes, request.deadline); !sent) {
    base::Error error = sent.error();
    error.side = Side::kBackend;
    co_return base::fail(error);
  }
  AnswerReader reader(socket, request);
  bool reusable = false;
  auto response = co_await reader.read(reusable);
  if (response && reusable && reuse_ == Reuse::kKeepAlive) {
    pool_of(request).give(std::move(socket), loop_.now(), requests);
  }
  co_return response;
}

io::Task<Result<io::Socket>> Client::connect(const ClientRequest& request) {
  const base::MonoTime deadline =
      request.connect_timeout.count() > 0
          ? std::min(request.deadline, loop_.now() + request.connect_timeout)
          : request.deadline;
  base::SocketAddress address;
  address.port = request.to.port;
  address.unix_path = request.unix_path;
  if (address.unix_path.empty()) {
    if (const auto literal = io::resolve_literal(request.to.host)) {
      address.ip = literal->front();
    } else if (resolver_ != nullptr) {
      WEFT_CO_TRY(const auto found, co_await resolver_->resolve(request.to.host, deadline));
      address.ip = found.front();
    } else {
      co_return base::fail(Code::kNoName, "the name does not resolve", Side::kBackend,
                           Retry::kSafe);
    }
  }
  co_return co_await io::connect(loop_, address, deadline);
}

BackendPool& Client::pool_of(const ClientRequest& request) {
  const std::string key =
      request.unix_path.empty() ? request.to.to_string() : "unix:" + request.unix_path;
  const auto found = pools_.find(key);
  if (found != pools_.end()) {
    return *found->second;
  }
  if (pools_.size() >= kPoolsMax) {
    pools_.clear();
  }
  return *pools_.emplace(key, std::make_unique<BackendPool>(PoolOptions{})).first->second;
}

// Whoever called once and never again leaves no dead connection behind.
void Client::sweep_pools() {
  const base::MonoTime now = loop_.now();
  if (now < next_sweep_) {
    return;
  }
  next_sweep_ = now + base::Seconds(1);
  std::erase_if(pools_, [now](const auto& entry) {
    entry.second->sweep(now);
    return entry.second->idle() == 0;
  });
}

}  // namespace weft::http
