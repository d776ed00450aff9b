#include "http/websocket.h"

#include <algorithm>
#include <span>
#include <utility>

namespace weft::http {
namespace {

using base::Code;
using wire::Opcode;
using wire::WebsocketEventKind;

// Small messages that wait together leave in one piece.
constexpr std::size_t kBatchBytes = 32 * 1024;
// What finish() gives the peer to take the rest and to answer our close.
constexpr base::Nanos kFarewell = base::Seconds(1);

}  // namespace

WebSocketOptions websocket_options(const base::Limits& limits) {
  WebSocketOptions options;
  options.message_bytes = limits[base::Limit::kWebsocketMessageBytes];
  options.queue_messages = limits[base::Limit::kWebsocketQueue];
  options.progress_timeout = limits.time(base::Limit::kStallMillis);
  return options;
}

WebSocket::WebSocket(io::Socket& socket, io::Buffer& in, wire::WebsocketRole role,
                     const WebSocketOptions& options)
    : socket_(socket),
      in_(in),
      loop_(socket.loop()),
      role_(role),
      options_(options),
      assembler_(role, {.message_bytes = options.message_bytes}),
      queue_(options.queue_messages, options.overflow),
      heard_(loop_.now()),
      wake_(loop_) {}

void WebSocket::start() { sending_.spawn("websocket sender", run_sender(this)); }

Posted WebSocket::post(std::string text, std::string_view topic) {
  return post(std::make_shared<const std::string>(std::move(text)), topic);
}

Posted WebSocket::post(std::shared_ptr<const std::string> text, std::string_view topic) {
  if (!is_open()) {
    return Posted::kRefused;
  }
  const Posted posted = queue_.post(std::move(text), topic);
  if (posted == Posted::kDropped || posted == Posted::kRefused) {
    note_limit(base::Limit::kWebsocketQueue);
  }
  if (posted == Posted::kRefused) {
    cut(wire::CloseCode::kPolicy, "too slow");
  } else {
    wake_.notify_all();
  }
  return posted;
}

void WebSocket::note_limit(base::Limit limit) {
  if (options_.limits != nullptr) {
    options_.limits->reached(limit);
  }
}

void WebSocket::close(wire::CloseCode code, std::string_view reason) {
  if (!std::exchange(close_queued_, true)) {
    close_ = wire::close_payload(code, reason);
    wake_.notify_all();
  }
}

void WebSocket::cut(wire::CloseCode code, std::string_view reason) {
  close(code, reason);
  end_receive_soon();
}

// The receiving task may end with the wait and take this with it, so the wait is not cut in the
// middle of a call from outside.
void WebSocket::end_receive_soon() {
  is_ended_ = true;
  loop_.post([self = std::weak_ptr(self_)] {
    if (const auto alive = self.lock()) {
      (*alive)->socket_.cancel_recv();
    }
  });
}

io::Task<std::optional<WebSocketMessage>> WebSocket::receive() {
  bool goes_on = !is_ended_;
  while (goes_on) {
    if (auto message = take_message()) {
      co_return message;
    }
    goes_on = !is_ended_;
    if (goes_on) {
      goes_on = co_await receive_bytes();
    }
  }
  co_return std::nullopt;
}

// Takes frames off the buffer up to the next whole message; answers the others.
std::optional<WebSocketMessage> WebSocket::take_message() {
  while (!is_ended_ && !in_.empty()) {
    std::span<char> input(in_.data(), in_.size());
    const std::size_t before = input.size();
    const auto event = assembler_.next(input);
    if (!event) {
      refuse_input();
      return std::nullopt;
    }
    std::string payload(event->payload);  // before the buffer moves on
    in_.consume(before - input.size());
    switch (event->kind) {
      case WebsocketEventKind::kText:
      case WebsocketEventKind::kBinary:
        return WebSocketMessage{event->kind == WebsocketEventKind::kText, std::move(payload)};
      case WebsocketEventKind::kPing:
        pong_ = std::move(payload);  // a pong to the newest ping is enough (§5.5.3)
        wake_.notify_all();
        break;
      case WebsocketEventKind::kClose:
        peer_close_code_ = event->close_code;
        is_ended_ = true;
        close(wire::is_close_code(event->close_code)
                  ? static_cast<wire::CloseCode>(event->close_code)
                  : wire::CloseCode::kNormal,
              "");
        break;
      case WebsocketEventKind::kPong:
      case WebsocketEventKind::kNone:
        break;
    }
  }
  return std::nullopt;
}

// The peer breaks the protocol: say so and hear nothing more.
void WebSocket::refuse_input() {
  if (assembler_.close_code() == wire::CloseCode::kTooBig) {
    note_limit(base::Limit::kWebsocketMessageBytes);
  }
  close(assembler_.close_code(), "");
  is_ended_ = true;
  in_.reset();
}

// Returns: false when nothing more comes.
io::Task<bool> WebSocket::receive_bytes() {
  in_.reset();  // a quiet socket holds no buffer
  const auto count = co_await socket_.recv_pooled(in_, heard_ + options_.silence_max);
  if (count && *count > 0) {
    heard_ = loop_.now();
    co_return !is_ended_;
  }
  is_ended_ = true;
  // The end of a stopping server's patience comes as a cancelled wait.
  const bool is_stopped = !count && count.error().code == Code::kCancelled;
  close(is_stopped ? wire::CloseCode::kGoingAway : wire::CloseCode::kNormal, "");
  co_return false;
}

io::Task<void> WebSocket::run_sender(WebSocket* self) {
  base::MonoTime ping_at = self->loop_.now() + self->options_.ping_interval;
  bool goes_on = true;
  while (goes_on) {
    if (self->pong_ || self->close_ || !self->queue_.empty()) {
      goes_on = co_await self->send_batch();
      continue;
    }
    const auto woken = co_await self->wake_.wait(ping_at);
    if (!woken && woken.error().code == Code::kTimeout) {
      ping_at = self->loop_.now() + self->options_.ping_interval;
      std::string ping;
      self->append(ping, Opcode::kPing, "");
      const auto sent =
          co_await self->socket_.send(ping, self->loop_.now() + self->options_.progress_timeout);
      goes_on = sent.has_value();
    } else if (!woken) {
      goes_on = false;  // cancelled
    }
  }
  self->is_sent_out_ = true;
  self->close_queued_ = true;
  self->wake_.notify_all();
}

// Returns: false when there is nothing more to send: the close is out, or the peer is gone.
io::Task<bool> WebSocket::send_batch() {
  const std::string batch = take_batch();
  const bool is_last = close_queued_ && !close_;
  const auto sent = co_await socket_.send(batch, loop_.now() + options_.progress_timeout);
  if (!sent) {
    if (sent.error().code == Code::kTimeout) {
      note_limit(base::Limit::kStallMillis);
    }
    end_receive_soon();
  }
  co_return sent && !is_last;
}

// Pong first, then messages in their order, the close behind them.
std::string WebSocket::take_batch() {
  std::string batch;
  if (pong_) {
    append(batch, Opcode::kPong, *std::exchange(pong_, std::nullopt));
  }
  while (batch.size() < kBatchBytes) {
    const auto message = queue_.take();
    if (!message) {
      break;
    }
    append(batch, Opcode::kText, *message->text);
  }
  if (close_ && queue_.empty()) {
    append(batch, Opcode::kClose, *std::exchange(close_, std::nullopt));
  }
  return batch;
}

void WebSocket::append(std::string& out, Opcode opcode, std::string_view payload) {
  if (role_ == wire::WebsocketRole::kServer) {
    wire::append_frame(out, opcode, payload);
  } else {
    wire::append_masked_frame(out, opcode, payload, loop_.random());
  }
}

io::Task<void> WebSocket::finish() {
  close(wire::CloseCode::kNormal, "");
  const base::MonoTime deadline = loop_.now() + kFarewell;
  while (!is_sent_out_ && loop_.now() < deadline) {
    const auto woken = co_await wake_.wait(deadline);
    if (!woken) {
      break;
    }
  }
  // The peer's answer to our close, which keeps its last messages from being reset away.
  while (!is_ended_ && is_sent_out_ && loop_.now() < deadline) {
    in_.reset();
    const auto count = co_await socket_.recv_pooled(in_, deadline);
    if (!count || *count == 0) {
      break;
    }
    base::ignore(take_message(), "nobody listens any more");
  }
  co_await sending_.stop();
}

}  // namespace weft::http
