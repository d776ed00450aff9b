// A user event: a name and a few bytes that somebody told everybody. The newest are kept.
// Source: contract/consul.md §7.
#pragma once

#include "base/bytes.h"
#include "base/described.h"
#include "model/names.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::model {

inline constexpr std::size_t kUserEventsMax = 256;
inline constexpr std::size_t kUserEventBytesMax = 512 * 1024;

// Thread: any (a value).
struct UserEvent {
  std::string key{};  // event_key(time)
  std::string id{};   // a UUID
  std::string name{};
  base::Bytes payload{};
  std::string node_filter{};
  std::string service_filter{};
  std::string tag_filter{};
  std::uint64_t time = 0;  // Lamport's: one more than the last one's

  bool operator==(const UserEvent&) const = default;

  static constexpr auto kFields = base::fields(
      base::field("key").required().length(1, 20), base::field("id").required().length(1, 64),
      base::field("name").required().length(1, kNameLengthMax),
      base::field("node_filter").length(0, kNameLengthMax),
      base::field("service_filter").length(0, kNameLengthMax),
      base::field("tag_filter").length(0, kNameLengthMax));
};
BOOST_DESCRIBE_STRUCT(UserEvent, (),
                      (key, id, name, payload, node_filter, service_filter, tag_filter, time))

inline std::string key_of(const UserEvent& event) { return event.key; }

// The order of keys is that of times.
std::string event_key(std::uint64_t time);

}  // namespace weft::model
