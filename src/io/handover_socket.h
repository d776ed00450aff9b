// A connection between two processes of one user on this machine, over which they hand descriptors
// to one another: messages of text, each with some descriptors.
#pragma once

#include "base/result.h"
#include "io/loop.h"
#include "io/socket.h"
#include "io/task.h"
#include "io/unique_fd.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::io {

struct HandoverMessage {
  std::string text;
  std::vector<UniqueFd> descriptors;  // closed on exec
};

// One end. A message arrives whole or not at all.
// Thread: its loop. Source: unix(7), SOCK_SEQPACKET and SCM_RIGHTS.
class HandoverSocket final {
 public:
  static constexpr std::size_t kTextBytesMax = 64 * 1024;
  static constexpr std::size_t kDescriptorsMax = 128;  // of a message; the kernel takes 253

  // Errors: kNotFound (no such path), kRefused (nobody listens there any more), kForbidden (not
  // ours, or the listener is another user's process), kInvalid (the path is too long), kIo.
  static base::Result<std::unique_ptr<HandoverSocket>> connect(Loop& loop, const std::string& path);

  HandoverSocket(Loop& loop, UniqueFd descriptor);
  HandoverSocket(const HandoverSocket&) = delete;
  HandoverSocket& operator=(const HandoverSocket&) = delete;

  // Never waits: a message of this size has room in a connection whose peer reads. `descriptors`
  // stay ours; the peer gets copies of them.
  // Errors: kClosed (the peer has left), kLimit (too large), kIo.
  base::Result<void> send(std::string_view text, std::span<const int> descriptors = {});

  // Errors: kTimeout, kCancelled, kClosed (the peer has left), kBadMessage (it was too large), kIo.
  Task<base::Result<HandoverMessage>> receive(base::MonoTime deadline);

 private:
  Loop& loop_;
  UniqueFd descriptor_;
  ForeignDescriptor watched_;  // after descriptor_: unwatched before it is closed
};

// Where another process of the same user finds this one: a socket file with mode 0600.
// Thread: its loop.
class HandoverListener final {
 public:
  // Takes the place of a file that another process has left there, or of its live listener, which
  // then gets no further connections.
  // Errors: kInvalid (the path is too long), kForbidden, kNotFound (no such folder), kNoSpace, kIo.
  static base::Result<std::unique_ptr<HandoverListener>> listen(Loop& loop,
                                                                const std::string& path);

  HandoverListener(Loop& loop, UniqueFd descriptor);
  HandoverListener(const HandoverListener&) = delete;
  HandoverListener& operator=(const HandoverListener&) = delete;

  // Peers of other users are turned away. Errors: kCancelled, kIo.
  Task<base::Result<std::unique_ptr<HandoverSocket>>> accept();

 private:
  Loop& loop_;
  UniqueFd descriptor_;
  ForeignDescriptor watched_;
};

}  // namespace weft::io
