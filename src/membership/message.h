// What one node tells another, as text in JSON.
#pragma once

#include "base/result.h"
#include "model/check.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weft::membership {

// A report about a check that its owner makes.
struct Report {
  std::string node{};  // of the check, as in model::CheckKey
  std::string instance{};
  std::string check{};
  model::CheckStatus status = model::CheckStatus::kNone;
  std::string output{};

  bool operator==(const Report&) const = default;
};

// What fits into one word to the other nodes.
struct Message {
  std::vector<Report> reports{};
  std::vector<std::string> renewals{};  // ids of sessions

  bool operator==(const Message&) const = default;
};

// Thread: any; pure. Errors: kBadMessage.
std::string encode(const Message& message);
base::Result<Message> decode_message(std::string_view word);

// At least so many bytes more does a message have with it. Thread: any; pure.
std::size_t bytes_of(const Report& report);
std::size_t bytes_of_renewal(std::string_view session);
inline constexpr std::size_t kMessageBytes = 40;  // of one with nothing in it, at least

}  // namespace weft::membership
