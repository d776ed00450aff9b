#include "node/takeover_message.h"

#include "base/described_decode.h"
#include "base/described_encode.h"
#include "base/json.h"

namespace weft::node {

base::Result<void> send_takeover(io::HandoverSocket& to, const TakeoverMessage& message,
                                 std::span<const int> descriptors) {
  return to.send(base::write_json(base::encode(message)), descriptors);
}

base::Result<TakeoverMessage> parse_takeover(std::string_view text) {
  const auto parsed = base::parse_json(text);
  if (!parsed) {
    return base::fail(base::Code::kBadMessage, "not a message of a takeover");
  }
  auto message = base::decode<TakeoverMessage>(*parsed);
  if (!message) {
    return base::fail(base::Code::kBadMessage, "not a message of a takeover");
  }
  return *std::move(message);
}

}  // namespace weft::node
