#include "wire/grpc_health.h"

#include "base/text.h"

#include <array>
#include <optional>

namespace weft::wire {
namespace {

using base::Code;
using base::Result;

constexpr std::size_t kFrameHeadBytes = 5;  // a flag, four bytes of length
constexpr std::uint64_t kWireVarint = 0;
constexpr std::uint64_t kWireFixed64 = 1;
constexpr std::uint64_t kWireText = 2;
constexpr std::uint64_t kWireFixed32 = 5;

std::unexpected<base::Error> refuse_answer(const char* what) {
  return base::fail(Code::kBadMessage, what, base::Side::kBackend);
}

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) {
    out += static_cast<char>((value & 0x7f) | 0x80);
  }
  out += static_cast<char>(value);
}

// Takes a varint off the front. Returns: nullopt when there is none that is whole.
std::optional<std::uint64_t> take_varint(std::string_view& rest) {
  constexpr int kBytesMax = 10;
  std::uint64_t value = 0;
  for (int i = 0; i < kBytesMax && !rest.empty(); ++i) {
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << (7 * i);  // the last one loses what does not fit
    if (byte < 0x80) {
      return value;
    }
  }
  return std::nullopt;
}

// Takes so many bytes off the front. Returns: false when there are fewer.
bool drop(std::string_view& rest, std::uint64_t bytes) {
  if (bytes > rest.size()) {
    return false;
  }
  rest.remove_prefix(static_cast<std::size_t>(bytes));
  return true;
}

// Passes over the value of a field. Returns: false when it is not whole, or of a kind that is gone
// (groups).
bool drop_value(std::string_view& rest, std::uint64_t kind) {
  switch (kind) {
    case kWireVarint:
      return take_varint(rest).has_value();
    case kWireFixed64:
      return drop(rest, 8);
    case kWireFixed32:
      return drop(rest, 4);
    case kWireText: {
      const auto bytes = take_varint(rest);
      return bytes && drop(rest, *bytes);
    }
    default:
      return false;
  }
}

// The one message of a unary answer.
Result<std::string_view> message_of(std::string_view body) {
  if (body.size() < kFrameHeadBytes) {
    return refuse_answer("the answer holds no message");
  }
  if (body.front() != '\0') {
    return base::fail(Code::kUnsupported, "the answer is compressed", base::Side::kBackend);
  }
  std::size_t bytes = 0;
  for (const char byte : body.substr(1, kFrameHeadBytes - 1)) {
    bytes = bytes << 8 | static_cast<unsigned char>(byte);
  }
  body.remove_prefix(kFrameHeadBytes);
  if (bytes != body.size()) {
    return refuse_answer("the answer is not one whole message");
  }
  return body;
}

ServingStatus status_of(std::uint64_t number) {
  constexpr auto kLast = static_cast<std::uint64_t>(ServingStatus::kServiceUnknown);
  return number <= kLast ? static_cast<ServingStatus>(number) : ServingStatus::kUnknown;
}

}  // namespace

std::string_view serving_status_name(ServingStatus status) {
  switch (status) {
    case ServingStatus::kUnknown:
      break;
    case ServingStatus::kServing:
      return "SERVING";
    case ServingStatus::kNotServing:
      return "NOT_SERVING";
    case ServingStatus::kServiceUnknown:
      return "SERVICE_UNKNOWN";
  }
  return "UNKNOWN";
}

std::string encode_health_request(std::string_view service) {
  std::string message;
  if (!service.empty()) {  // as protobuf leaves out what is empty
    message += static_cast<char>(1 << 3 | kWireText);
    append_varint(message, service.size());
    message += service;
  }
  std::string out(1, '\0');  // not compressed
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(message.size() >> shift & 0xff);
  }
  return out + message;
}

Result<ServingStatus> parse_health_answer(std::string_view body) {
  constexpr std::uint64_t kStatusField = 1;
  WEFT_TRY(std::string_view rest, message_of(body));
  ServingStatus status = ServingStatus::kUnknown;
  while (!rest.empty()) {
    const auto key = take_varint(rest);
    if (!key || *key >> 3 == 0) {
      return refuse_answer("the answer breaks off, or has a field without a number");
    }
    if (*key == (kStatusField << 3 | kWireVarint)) {
      const auto number = take_varint(rest);
      if (!number) {
        return refuse_answer("the answer breaks off");
      }
      status = status_of(*number);  // the last one counts
    } else if (!drop_value(rest, *key & 7)) {
      return refuse_answer("the answer breaks off, or has a field of no known kind");
    }
  }
  return status;
}

std::string_view grpc_status_name(std::string_view status) {
  constexpr std::array<std::string_view, 17> kNames{
      "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
      "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
      "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
      "DataLoss", "Unauthenticated"};
  const auto number = base::parse_u64(status);
  return number && *number < kNames.size() ? kNames[static_cast<std::size_t>(*number)]
                                           : std::string_view();
}

}  // namespace weft::wire
