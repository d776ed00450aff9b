// What a probe needs of an HTTP answer: its status, and the beginning of its body for people.
#pragma once

#include "base/result.h"
#include "io/buffer.h"
#include "wire/chunked.h"
#include "wire/http1.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::health {

// Folds what a connection delivers, in pieces of any size. The answer to one request.
// Thread: its loop; never waits.
class HttpAnswer final {
 public:
  static constexpr std::size_t kHeadBytesMax = 8 * 1024;
  static constexpr std::size_t kBodyBytesMax = 4 * 1024;  // what follows is not read
  static constexpr int kInformationalMax = 8;             // 1xx heads before the final one

  explicit HttpAnswer(wire::Method asked = wire::Method::kGet) : asked_(asked) {}

  // Takes what `in` holds, as far as it can. `scratch` is rubbish before and after.
  // Returns: true when nothing more is needed.
  // Errors: kBadMessage, kUnsupported, kHeadTooLarge; a status may be there all the same.
  base::Result<bool> fold(io::Buffer& in, wire::ResponseHead& scratch);

  bool has_status() const { return status_ != 0; }
  std::uint16_t status() const { return status_; }
  const std::string& reason() const { return reason_; }  // "OK"; may be empty
  const std::string& body() const { return body_; }      // cut to kBodyBytesMax

 private:
  base::Result<bool> fold_head(io::Buffer& in, wire::ResponseHead& scratch);
  base::Result<bool> fold_body(io::Buffer& in);

  wire::Method asked_;
  std::uint16_t status_ = 0;
  int informational_ = 0;
  std::size_t seen_ = 0;  // bytes of the unfinished head that were looked at
  std::string reason_;
  wire::BodyKind body_kind_ = wire::BodyKind::kNone;
  std::uint64_t body_left_ = 0;  // kLength: bytes still to come
  wire::ChunkedDecoder chunks_;
  std::string body_;
};

}  // namespace weft::health
