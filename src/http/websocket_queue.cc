#include "http/websocket_queue.h"

namespace weft::http {

Posted WebSocketQueue::post(std::shared_ptr<const std::string> text, std::string_view topic) {
  if (!topic.empty()) {
    for (QueuedMessage& waiting : messages_) {
      if (waiting.topic == topic) {
        waiting.text = std::move(text);
        return Posted::kReplaced;
      }
    }
  }
  Posted posted = Posted::kQueued;
  if (messages_.size() >= messages_max_) {
    ++lost_;
    if (overflow_ == QueueOverflow::kClose) {
      return Posted::kRefused;
    }
    messages_.pop_front();
    posted = Posted::kDropped;
  }
  messages_.push_back({std::move(text), std::string(topic)});
  return posted;
}

std::optional<QueuedMessage> WebSocketQueue::take() {
  if (messages_.empty()) {
    return std::nullopt;
  }
  QueuedMessage message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

}  // namespace weft::http
