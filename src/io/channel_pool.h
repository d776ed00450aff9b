// Channels of one driver, used again last in, first out.
#pragma once

#include "io/driver.h"

#include <deque>
#include <utility>

namespace weft::io {

// Of Channel or what a driver makes of it. Keeps as many as were open at once.
// Thread: its loop. Lifetime: of the channels, the pool's.
template <class C>
class ChannelPool final {
 public:
  ChannelPool() = default;
  ChannelPool(const ChannelPool&) = delete;
  ChannelPool& operator=(const ChannelPool&) = delete;

  C* take(int fd) {
    C* channel = spare_;
    if (channel != nullptr) {
      spare_ = static_cast<C*>(channel->next_free);
      *channel = C{};
    } else {
      channel = &all_.emplace_back();
    }
    channel->fd = fd;
    return channel;
  }
  void give_back(C& channel) { channel.next_free = std::exchange(spare_, &channel); }

 private:
  std::deque<C> all_;
  C* spare_ = nullptr;
};

}  // namespace weft::io
