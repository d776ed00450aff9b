// Channels of one driver, used again last in, first out.
#pragma once

#include "io/driver.h"

#include <deque>
#include <utility>

namespace weft::io {

// Keeps as many as were open at once. Thread: its loop. Lifetime: of the channels, the pool's.
class ChannelPool final {
 public:
  ChannelPool() = default;
  ChannelPool(const ChannelPool&) = delete;
  ChannelPool& operator=(const ChannelPool&) = delete;

  Channel* take(int fd) {
    Channel* channel = spare_;
    if (channel != nullptr) {
      spare_ = channel->next_free;
      *channel = Channel{};
    } else {
      channel = &all_.emplace_back();
    }
    channel->fd = fd;
    return channel;
  }
  void give_back(Channel& channel) { channel.next_free = std::exchange(spare_, &channel); }

 private:
  std::deque<Channel> all_;
  Channel* spare_ = nullptr;
};

}  // namespace weft::io
