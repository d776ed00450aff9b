// The edge to the operating system: a completion-style interface with three implementations,
// epoll_driver.h, uring_driver.h and sim_driver.h (virtual time and network, for tests).
//
// Start at Operation: one accept, connect, recv, send or poll that a coroutine waits for. A driver
// either completes it at once or keeps it and completes it in a later turn.
#pragma once

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"
#include "io/buffer.h"
#include "io/driver_kind.h"
#include "io/task.h"
#include "io/timer_wheel.h"
#include "io/unique_fd.h"

#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>

namespace weft::io {

class Loop;
struct Operation;

// One descriptor as the driver knows it. At most one reading and one writing operation wait at a
// time; both may (tunnels, WebSocket). Owned by a Socket or Listener, freed through the driver.
struct Channel {
  int fd = -1;
  bool readable = false;      // the last read did not drain it
  bool writable = false;      // the last write was taken whole
  bool peer_closed = false;   // an end or error was announced; reads still return what is left
  bool is_foreign = false;    // somebody else's descriptor; not ours to close
  bool is_outgoing = false;   // we opened it: what comes on it answers work under way
  bool expects_bulk = false;  // outgoing, and its last pooled receive was bulk
  bool is_queued = false;     // its turn to be looked at will come
  std::uint8_t sends = 0;     // attempts so far; 2: TCP_NODELAY is set
  Operation* reader = nullptr;
  Operation* writer = nullptr;
  Channel* next_free = nullptr;
  Channel* next_queued = nullptr;

  // So many bytes came by a pooled receive.
  void note_pooled(std::size_t bytes) { expects_bulk = is_outgoing && BufferPool::is_bulk(bytes); }
};

enum class OpKind : std::uint8_t {
  kAccept,      // a listener; result: the new descriptor's Channel in `accepted`
  kConnect,     // a fresh stream to `address`
  kRecv,        // into [data, data + bytes); result: count, 0 at the end of the stream
  kRecvPooled,  // into a buffer taken when there is something to read; fills `buffer`
  kSend,        // all of [data, data + bytes)
  kPollIn,      // a foreign descriptor is readable (client libraries, signalfd, eventfd)
  kPollOut,     // a foreign descriptor is writable
};

// Does it wait in Channel::reader? The others wait in Channel::writer.
constexpr bool is_reading(OpKind kind) {
  return kind == OpKind::kAccept || kind == OpKind::kRecv || kind == OpKind::kRecvPooled ||
         kind == OpKind::kPollIn;
}

// Lives in the waiting coroutine's frame; the frame outlives the operation because a coroutine is
// never destroyed while it waits. Thread: its loop.
struct Operation : Waiter {
  Operation(Loop& on, Channel* about, OpKind what, base::MonoTime until)
      : kind(what), loop(&on), channel(about) {
    deadline.deadline = until;
  }

  OpKind kind;
  bool timed_out = false;
  bool is_gathered = false;  // in a SendGroup
  Loop* loop;
  Channel* channel;
  char* data = nullptr;
  std::size_t bytes = 0;
  std::size_t done = 0;     // kSend: bytes already taken
  std::int64_t result = 0;  // >= 0, or -errno
  Buffer* buffer = nullptr;
  Channel* accepted = nullptr;
  base::SocketAddress* peer = nullptr;           // kAccept: filled with the client's address
  const base::SocketAddress* address = nullptr;  // kConnect
  struct Deadline : Timer {
    Operation* operation = nullptr;
  } deadline;  // kNever when none was given
  std::coroutine_handle<> handle;
  TaskContext* context = nullptr;
  Operation* next_ready = nullptr;

  void cancel_wait() final;

 protected:
  ~Operation() = default;
};

struct ListenOptions {
  bool reuse_port = false;  // one listener per loop on the same address
  int backlog = 4096;
};

// Thread: its loop, except wake().
class Driver {
 public:
  virtual ~Driver() = default;

  // Says which loop's operations it completes; called once before anything else.
  virtual void attach(Loop& loop) = 0;

  // Returns: true when done at once (op.result is set), false when it waits.
  virtual bool start(Operation& op) = 0;

  // Cuts a waiting operation short: it completes before this returns, with -ECANCELED, or with its
  // result when that came first. Nothing refers to its memory afterwards.
  virtual void cancel(Operation& op) = 0;

  // Waits for events until `deadline` (kNever: until woken) and completes operations.
  // now() is fresh when it returns.
  virtual void turn(base::MonoTime deadline) = 0;

  // Ends a wait of turn() from any thread.
  virtual void wake() = 0;

  virtual base::MonoTime now() const = 0;
  virtual base::WallTime wall_now() const = 0;

  // Errors: kAddressInUse, kForbidden, kNoSpace, kIo.
  virtual base::Result<Channel*> listen(const base::SocketAddress& address,
                                        const ListenOptions& options) = 0;
  // A socket that listens already, as another process had it; it is ours from now on, also when
  // this fails. Errors: kInvalid (it does not listen), kNoSpace, kIo, kUnsupported (no such thing
  // here).
  virtual base::Result<Channel*> adopt_listener(UniqueFd descriptor) = 0;
  // A fresh unconnected stream of the address's family. Errors: kNoSpace, kIo.
  virtual base::Result<Channel*> open_stream(const base::SocketAddress& address) = 0;
  // Takes a foreign descriptor for kPollIn and kPollOut; close() does not close it.
  virtual Channel* watch_foreign(int fd) = 0;
  virtual void close(Channel& channel) = 0;
  virtual void shutdown_write(Channel& channel) = 0;

  // Is a pooled idle stream certainly unusable: ended, or with bytes nobody asked for?
  virtual bool is_stale(Channel& channel) = 0;
  // Has the peer of a stream that nobody receives from ended it, as far as is known without a wait?
  // Bytes that lie before the end may hide it.
  virtual bool has_left(Channel& channel) = 0;
  virtual base::SocketAddress local_address(const Channel& channel) const = 0;
  virtual std::string_view name() const = 0;  // "epoll", "uring", "sim"
};

// Errors: kUnsupported when kUring was asked for and the kernel refuses.
base::Result<std::unique_ptr<Driver>> make_driver(DriverKind kind);

}  // namespace weft::io
