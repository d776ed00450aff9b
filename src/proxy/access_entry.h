// One line of the access log before it is text: encoded on a loop as it lies in memory, decoded on
// the log's thread of the same process.
#pragma once

#include "model/record.h"
#include "proxy/access_note.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::proxy {

// What a loop knows when an exchange is over. Borrowed for one call.
struct AccessFacts {
  const model::Record& record;
  const AccessNote& note;
  std::string_view client;  // ip
  std::string_view service;
  std::string_view trace_id;
  std::string_view request_id;
  std::string_view
      error;  // reason of an answer of our own; empty: that of the record, if it failed
};

// What a line says of the record.
struct AccessNumbers {
  std::int64_t started_unix_ns = 0;
  std::int64_t duration_ns = 0;
  std::int64_t first_byte_ns = 0;
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;
  std::uint16_t status = 0;
  std::uint8_t retries = 0;
  bool failed = false;
  base::Code error = base::Code::kInternal;
  base::Side side = base::Side::kSelf;
};

// The same on the other side. Lifetime: the texts point into the decoded bytes.
struct AccessEntry {
  AccessNumbers numbers;
  bool is_cut = false;  // a text was longer than its bound
  std::string_view method;
  std::string_view host;
  std::string_view path;  // with the query
  std::string_view user_agent;
  std::string_view instance;
  std::string_view client;
  std::string_view service;
  std::string_view trace_id;
  std::string_view request_id;
  std::string_view error;
};

std::size_t encoded_bytes(const AccessFacts& facts);
// `out` has room for encoded_bytes() and is aligned to 8 bytes, as the messages of a ByteRing are.
void encode_entry(const AccessFacts& facts, char* out);
// `bytes` are what encode_entry() wrote.
AccessEntry decode_entry(std::string_view bytes);

// Appends the line with its newline: one JSON object, whatever the client sent. Members that have
// no value are left out.
void append_access_line(std::string& out, const AccessEntry& entry);

}  // namespace weft::proxy
