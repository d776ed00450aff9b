// The bytes of a snapshot: gzip of lines of JSON. The first says what it is, each further one is an
// object with its table, the last has the SHA-256 of everything before it.
//
//   {"format":"weft-snapshot","version":1,"index":42,"time":"...","node":"n1","datacenter":"dc1",
//    "objects":2}
//   {"table":"services","object":{...}}
//   {"table":"kv","object":{...}}
//   {"sha256":"..."}
//
// What the objects are is not looked at here (snapshot.cc).
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::api::consul {

struct ArchivedObject {
  std::string table;  // by name: "check_status"
  std::string body;   // its JSON

  bool operator==(const ArchivedObject&) const = default;
};

// Thread: any (a value).
struct Archive {
  std::uint64_t index = 0;
  base::WallTime time{};
  std::string node;
  std::string datacenter;
  std::vector<ArchivedObject> objects;

  bool operator==(const Archive&) const = default;
};

// What one comes to unpacked, at the most: a small file may stand for a mountain.
inline constexpr std::size_t kArchiveTextBytesMax = std::size_t{256} * 1024 * 1024;

// Thread: any; pure, and slow for much: not for a loop.
std::string write_archive(const Archive& archive);

// Errors: kBadMessage (no such archive, cut off, damaged, another digest, other objects than it
// says), kUnsupported (of a later version), kBodyTooLarge (kArchiveTextBytesMax); `what` is a
// sentence about it; side kClient. Thread: as above.
base::Result<Archive> read_archive(std::string_view bytes);

// The same without gzip, and the last line that a text needs. For read_archive, and for who would
// come past the digest to what is behind it.
base::Result<Archive> parse_archive_text(std::string_view text);
std::string digest_line(std::string_view text);

}  // namespace weft::api::consul
