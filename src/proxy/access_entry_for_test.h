// Lines of the access log in tests: a parsed head to take notes of, and text out of facts.
#pragma once

#include "proxy/access_entry.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::proxy {

// A head that owns the text it points into.
struct ParsedHead {
  explicit ParsedHead(std::string bytes) : text(std::move(bytes)) {
    const auto parsed = wire::parse_request_head(text, {}, head);
    EXPECT_TRUE(parsed && *parsed == text.size()) << text;
  }
  ParsedHead(const ParsedHead&) = delete;
  ParsedHead& operator=(const ParsedHead&) = delete;

  const std::string text;
  wire::RequestHead head;
};

// Through the form it has in a ring.
inline std::string line_of(const AccessFacts& facts) {
  std::string bytes(encoded_bytes(facts), '\0');
  encode_entry(facts, bytes.data());
  std::string line;
  append_access_line(line, decode_entry(bytes));
  return line;
}

}  // namespace weft::proxy
