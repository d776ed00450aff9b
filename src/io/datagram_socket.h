// UDP on a loop: datagrams are awaited, received in batches and answered in batches, to the address
// each came from and from the one it was sent to.
//
//   WEFT_TRY(io::DatagramSocket socket, io::DatagramSocket::bind(loop, address, {}));
//   io::DatagramBatch batch({.datagrams = 32});
//   while (const auto ready = co_await socket.readable(); ready) ...  // named first, see task.h
//     WEFT_CO_TRY(const std::size_t count, socket.receive(batch));
//     ... batch.received(i) -> batch.answer_room(i), batch.set_answer(i, bytes) ...
//     socket.answer(batch);
#pragma once

#include "base/address.h"
#include "base/result.h"
#include "io/datagram_batch.h"
#include "io/loop.h"
#include "io/socket.h"
#include "io/unique_fd.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace weft::io {

struct DatagramOptions {
  bool reuse_port = false;        // one socket per loop on the same address
  std::size_t receive_bytes = 0;  // the kernel's queue; 0: as the system has it, and no more than
                                  // it allows
};

// One UDP socket. Nothing but readable() waits.
// Thread: its loop. Lifetime: no wait is under way when it is destroyed.
class DatagramSocket final {
 public:
  // Errors: kAddressInUse, kForbidden, kInvalid (a unix path), kNoSpace, kIo, kUnsupported (a loop
  // of a simulation).
  static base::Result<DatagramSocket> bind(Loop& loop, const base::SocketAddress& address,
                                           const DatagramOptions& options);
  // A bound socket that another process had. Errors: kInvalid (it is none), kIo, kUnsupported.
  static base::Result<DatagramSocket> adopt(Loop& loop, UniqueFd descriptor);
  // A socket on a port of its own that sends to, and hears, one peer. Errors: the same, and
  // kUnreachable.
  static base::Result<DatagramSocket> connect(Loop& loop, const base::SocketAddress& peer);

  DatagramSocket(DatagramSocket&&) noexcept = default;
  DatagramSocket& operator=(DatagramSocket&&) = delete;
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;
  ~DatagramSocket() = default;

  // `co_await socket.readable(deadline)`: Result<void>; kTimeout, kCancelled.
  PollOperation readable(base::MonoTime deadline = base::kNever) {
    return watched_->readable(deadline);
  }

  // Takes what has arrived, at most batch.capacity() datagrams, and forgets the answers of before.
  // Returns: how many; 0: nothing is there.
  // Errors: kIo, kNoSpace.
  base::Result<std::size_t> receive(DatagramBatch& batch);

  // Sends the answers that were set, in an order of its own. One that the kernel does not take (its
  // queue is full, there is no way to the peer) is lost, as a datagram may be.
  // Returns: how many were lost.
  std::size_t answer(DatagramBatch& batch);

  // Sends one answer to where a datagram came from. Errors: kUnavailable (no room now), kIo and
  // whatever else the kernel says.
  base::Result<> send(std::string_view bytes, const DatagramPath& path);

  // For a connected socket. Errors: kRefused (nobody listens there), kUnavailable, kIo.
  base::Result<> send(std::string_view bytes);
  // Returns: bytes of one datagram, cut to `into`; nullopt: nothing is there.
  // Errors: kRefused, kIo.
  base::Result<std::optional<std::size_t>> receive(std::span<char> into);

  base::SocketAddress local_address() const;
  // By which another process may be given it. Lifetime: the socket's.
  int descriptor() const { return descriptor_.value(); }

 private:
  DatagramSocket(Loop& loop, UniqueFd descriptor, bool is_wildcard);

  UniqueFd descriptor_;
  std::unique_ptr<ForeignDescriptor> watched_;  // after descriptor_: unwatched before it is closed
  bool is_wildcard_;       // the kernel says with each datagram to which of our addresses it came
  bool may_group_ = true;  // answers to one peer may leave as one; see datagram_sending.h
};

}  // namespace weft::io
