// Messages that wait for a WebSocket's reader: bounded, and of one topic only the newest if asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::http {

// What happens when the reader is so slow that the queue is full.
enum class QueueOverflow : std::uint8_t {
  kDropOldest,  // live figures: the reader sees gaps, nobody waits
  kClose,       // streams without gaps: the reader is cut and comes again
};

// What became of a message.
enum class Posted : std::uint8_t {
  kQueued,
  kReplaced,  // took the place of an older one of its topic
  kDropped,   // queued, and the oldest one gave way
  kRefused,   // the queue is full (kClose), or the socket is closing
};

// Text may be shared by many queues: it is encoded once.
struct QueuedMessage {
  std::shared_ptr<const std::string> text;
  std::string topic;  // empty: replaces nothing
};

// Thread: its loop.
class WebSocketQueue final {
 public:
  WebSocketQueue(std::size_t messages_max, QueueOverflow overflow)
      : messages_max_(messages_max), overflow_(overflow) {}

  // A message takes the place of a waiting one with the same topic, if `topic` is not empty.
  Posted post(std::shared_ptr<const std::string> text, std::string_view topic);
  std::optional<QueuedMessage> take();
  bool empty() const { return messages_.empty(); }
  std::size_t size() const { return messages_.size(); }
  std::uint64_t lost() const { return lost_; }  // dropped or refused so far

 private:
  const std::size_t messages_max_;
  const QueueOverflow overflow_;
  std::deque<QueuedMessage> messages_;  // oldest first
  std::uint64_t lost_ = 0;
};

}  // namespace weft::http
