// The floor of what a proxy can cost on our driver: accepts, connects, relays bytes, parses
// nothing.
//
//   bench_forwarder LISTEN BACKEND     addresses as `weft proxy` takes them; WEFT_IO_DRIVER chooses
//
// Ends on SIGTERM by dying: it keeps nothing.
#include "base/address.h"
#include "base/result.h"
#include "io/driver.h"
#include "io/loop.h"
#include "io/socket.h"
#include "io/task.h"

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

using weft::base::kNever;
using weft::base::Result;
using weft::base::SocketAddress;
using weft::io::Buffer;
using weft::io::BufferPool;
using weft::io::Loop;
using weft::io::Socket;
using weft::io::Task;
using weft::io::TaskScope;

// Relays while the sender fills whole buffers. Holds bulk memory only for that long.
Task<Result<void>> relay_bulk(Socket& from, Socket& to) {
  Buffer buffer = from.loop().buffers().take(BufferPool::Size::kBulk);
  for (;;) {
    const std::size_t room = buffer.tail_room();
    WEFT_CO_TRY(const std::size_t count, co_await from.recv({buffer.tail(), room}, kNever));
    if (count == 0) {
      co_return weft::base::fail(weft::base::Code::kClosed, "end of stream");
    }
    buffer.commit(count);
    WEFT_CO_TRY_VOID(co_await to.send(buffer.view(), kNever));
    if (count < room) {
      co_return Result<void>();
    }
    buffer.clear();
  }
}

Task<Result<void>> relay_until_error(Socket& from, Socket& to) {
  for (;;) {
    Buffer buffer;
    WEFT_CO_TRY(const std::size_t count, co_await from.recv_pooled(buffer, kNever));
    if (count == 0) {
      co_return weft::base::fail(weft::base::Code::kClosed, "end of stream");
    }
    const bool full = buffer.tail_room() == 0;
    WEFT_CO_TRY_VOID(co_await to.send(buffer.view(), kNever));
    buffer.reset();
    if (full) {
      WEFT_CO_TRY_VOID(co_await relay_bulk(from, to));
    }
  }
}

// One direction; its end ends the other one too.
Task<void> relay(Socket& from, Socket& to) {
  weft::base::ignore(co_await relay_until_error(from, to), "any error ends the conversation");
  from.cancel_waits();
  to.cancel_waits();
}

Task<void> converse(Loop& loop, Socket client, SocketAddress to) {
  auto backend = co_await weft::io::connect(loop, to, kNever);
  if (!backend) {
    co_return;
  }
  TaskScope answers;
  answers.spawn("answers", relay(*backend, client));
  co_await relay(client, *backend);
  co_await answers.join();
}

Task<void> serve(Loop& loop, SocketAddress at, SocketAddress to) {
  auto listener = weft::io::listen(loop, at, {});
  if (!listener) {
    std::cerr << "bench_forwarder: " << weft::base::describe(listener.error()) << "\n";
    std::exit(1);
  }
  TaskScope conversations;
  for (;;) {
    auto accepted = co_await listener->accept();
    if (accepted) {
      conversations.spawn("conversation", converse(loop, std::move(accepted->socket), to));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto at = weft::base::parse_socket_address(argc > 1 ? argv[1] : "");
  const auto to = weft::base::parse_socket_address(argc > 2 ? argv[2] : "");
  const char* wanted = std::getenv("WEFT_IO_DRIVER");
  const auto kind = weft::io::parse_driver_kind(wanted != nullptr ? wanted : "auto");
  if (!at || !to || !kind) {
    std::cerr << "usage: bench_forwarder LISTEN BACKEND (WEFT_IO_DRIVER: auto, epoll, uring)\n";
    return 2;
  }
  auto driver = weft::io::make_driver(*kind);
  if (!driver) {
    std::cerr << "bench_forwarder: " << weft::base::describe(driver.error()) << "\n";
    return 1;
  }
  Loop loop(std::move(*driver), "forwarder", 1);
  loop.run_until_done(serve(loop, *at, *to));
}
