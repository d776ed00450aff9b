// Checks UTF-8 that comes in pieces. Source: RFC 3629 (no surrogates, no overlong forms).
// Whole texts: base::is_utf8().
#pragma once

#include <cstdint>
#include <string_view>

namespace weft::wire {

// Thread: its loop.
class Utf8Checker final {
 public:
  // Returns: false as soon as no continuation could make the text valid. Not to be called again
  // then, until reset().
  bool feed(std::string_view bytes);
  // Does the text so far end with a whole character?
  bool is_complete() const { return missing_ == 0; }
  void reset() { missing_ = 0; }

 private:
  bool start(unsigned char lead);

  std::uint8_t missing_ = 0;      // continuation bytes still to come
  std::uint8_t next_low_ = 0x80;  // what the next of them must lie between
  std::uint8_t next_high_ = 0xbf;
};

}  // namespace weft::wire
