// A backend that answers probes as a test says, and targets of probes in few words.
#pragma once

#include "health/check.h"
#include "io/loop.h"
#include "io/socket.h"
#include "io/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::health {

// Thread: its loop. The loop turns in the destructor.
class BackendForTest final {
 public:
  explicit BackendForTest(io::Loop& loop, const std::string& address = "127.0.0.1:0")
      : loop_(loop), listener_(*io::listen(loop, *base::parse_socket_address(address), {})) {
    scope_.spawn("accept", accept_all(this));
  }
  BackendForTest(const BackendForTest&) = delete;
  BackendForTest& operator=(const BackendForTest&) = delete;
  ~BackendForTest() { loop_.run_until_done(scope_.stop()); }

  // What follows a request, piece by piece, a millisecond apart; then the end of the stream,
  // unless `keeps_open`.
  std::vector<std::string> pieces{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"};
  bool keeps_open = false;

  std::uint16_t port() const { return listener_.local_address().port; }
  base::SocketAddress address() const { return listener_.local_address(); }
  int connections() const { return connections_; }
  const std::string& last_request() const { return last_request_; }

 private:
  static io::Task<void> accept_all(BackendForTest* self) {
    for (;;) {
      auto accepted = co_await self->listener_.accept();
      if (!accepted) {
        co_return;
      }
      ++self->connections_;
      self->scope_.spawn("answer", answer(self, std::move(accepted->socket)));
    }
  }

  static io::Task<void> answer(BackendForTest* self, io::Socket socket) {
    io::Buffer in;
    const auto count = co_await socket.recv_pooled(in, base::kNever);
    if (!count || *count == 0) {
      co_return;
    }
    self->last_request_ = in.view();
    const std::vector<std::string> all = self->pieces;
    for (const std::string& piece : all) {
      base::ignore(co_await socket.send(piece, base::kNever), "the probe may be gone");
      base::ignore(co_await self->loop_.sleep_for(base::Millis(1)), "the scope is stopping");
    }
    if (self->keeps_open) {
      base::ignore(co_await self->loop_.sleep_until(base::kNever), "the scope is stopping");
    }
  }

  io::Loop& loop_;
  io::Listener listener_;
  int connections_ = 0;
  std::string last_request_;
  io::TaskScope scope_;
};

inline model::Instance make_instance_for_test(const std::string& address, std::uint32_t port,
                                              model::CheckSpec spec = {}) {
  model::Instance instance;
  instance.id = "web-1";
  instance.service = "web";
  instance.address = address;
  instance.port = port;
  instance.checks.push_back(std::move(spec));
  return instance;
}

inline CheckTarget make_target_for_test(model::Instance instance) {
  auto row = std::make_shared<model::Row<model::Instance>>();
  row->object = std::move(instance);
  return {CheckOwner(std::move(row)), 0};
}

inline io::Task<void> probe_into(Check* check, CheckTarget target, base::MonoTime deadline,
                                 ProbeResult* out) {
  *out = co_await check->probe(std::move(target), deadline);
}

inline ProbeResult probe_for_test(io::Loop& loop, Check& check, model::Instance instance,
                                  base::Nanos timeout = base::Seconds(1)) {
  ProbeResult result;
  loop.run_until_done(
      probe_into(&check, make_target_for_test(std::move(instance)), loop.now() + timeout, &result));
  return result;
}

inline io::Task<void> sleep_for_test(io::Loop* loop, base::Nanos duration) {
  base::ignore(co_await loop->sleep_for(duration), "nobody cancels it");
}

inline void run_for(io::Loop& loop, base::Nanos duration) {
  loop.run_until_done(sleep_for_test(&loop, duration));
}

}  // namespace weft::health
