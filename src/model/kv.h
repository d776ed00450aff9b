// An entry of the key-value store, and the delay before a lost lock may be taken again.
// Source: contract/consul.md §5, §6.
#pragma once

#include "base/bytes.h"
#include "base/described.h"
#include "base/described_text.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::model {

// chosen: keys are kept in memory and stand in every change; Consul's own limit was 512 bytes.
inline constexpr std::size_t kKvKeyBytesMax = 1024;
inline constexpr std::size_t kKvValueBytesMax = 512 * 1024;

// Thread: any (a value).
struct KvEntry {
  std::string key{};
  base::Bytes value{};
  std::uint64_t flags = 0;  // the owner's; nobody here reads it
  // Whose the entry is: both are kept by every write but Lock and Unlock (command.h).
  std::string session{};         // that holds it; empty: nobody
  std::uint64_t lock_index = 0;  // how often it was taken

  bool operator==(const KvEntry&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields =
      base::fields(base::field("key").required().length(1, kKvKeyBytesMax),
                   base::field("session").length(0, 64));
};
BOOST_DESCRIBE_STRUCT(KvEntry, (), (key, value, flags, session, lock_index))

inline std::string key_of(const KvEntry& entry) { return entry.key; }

// A lock whose session was lost may not be taken before `until`: its old holder may not know yet.
// Thread: any (a value).
struct LockDelay {
  std::string key{};  // of the KvEntry, which may be gone
  base::WallTime until{};

  bool operator==(const LockDelay&) const = default;

  static constexpr auto kFields =
      base::fields(base::field("key").required().length(1, kKvKeyBytesMax));
};
BOOST_DESCRIBE_STRUCT(LockDelay, (), (key, until))

inline std::string key_of(const LockDelay& delay) { return delay.key; }

}  // namespace weft::model
