#include "health/checks/http_answer.h"

#include <algorithm>

namespace weft::health {

base::Result<bool> HttpAnswer::fold(io::Buffer& in, wire::ResponseHead& scratch) {
  if (!has_status()) {
    WEFT_TRY(const bool complete, fold_head(in, scratch));
    if (!complete) {
      return false;
    }
  }
  return fold_body(in);
}

// Returns: false when more bytes are needed.
base::Result<bool> HttpAnswer::fold_head(io::Buffer& in, wire::ResponseHead& scratch) {
  const wire::HeadLimits limits{.head_bytes = kHeadBytesMax};
  while (!in.empty()) {
    WEFT_TRY(const std::size_t bytes,
             wire::parse_response_head(in.view(), asked_, limits, scratch, seen_));
    if (bytes == 0) {
      seen_ = in.size();
      return false;
    }
    seen_ = 0;
    if (!scratch.is_informational) {
      status_ = scratch.status;
      reason_ = scratch.reason;
      body_kind_ = scratch.framing.body;
      body_left_ = scratch.framing.content_length;
      in.consume(bytes);
      return true;
    }
    in.consume(bytes);
    if (++informational_ > kInformationalMax) {
      return base::fail(base::Code::kBadMessage, "too many informational answers",
                        base::Side::kBackend);
    }
  }
  return false;
}

base::Result<bool> HttpAnswer::fold_body(io::Buffer& in) {
  std::size_t payload = in.size();
  std::size_t consumed = in.size();
  bool done = false;
  switch (body_kind_) {
    case wire::BodyKind::kNone:
      return true;
    case wire::BodyKind::kLength:
      payload = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, in.size()));
      consumed = payload;
      body_left_ -= payload;
      done = body_left_ == 0;
      break;
    case wire::BodyKind::kChunked: {
      WEFT_TRY(const wire::ChunkedStep step, chunks_.decode({in.data(), in.size()}));
      payload = step.payload;
      consumed = step.consumed;
      done = step.done;
      break;
    }
    case wire::BodyKind::kUntilClose:
      break;
  }
  body_ += in.view().substr(0, std::min(payload, kBodyBytesMax - body_.size()));
  in.consume(consumed);
  return done || body_.size() == kBodyBytesMax;
}

}  // namespace weft::health
