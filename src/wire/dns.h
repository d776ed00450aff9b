// The words of DNS messages: types, classes, response codes, flags, sizes, numbers in network
// order. Start at dns_query.h for what is asked and at dns_writer.h for what is answered.
// Source: RFC 1035 §3.2, §4.1; RFC 3596; RFC 2782; RFC 6891.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weft::wire {

// Any 16-bit number may come; these are the ones that mean something here.
// NOLINTNEXTLINE(performance-enum-size): it has two bytes in a message.
enum class DnsType : std::uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kOpt = 41,
  kIxfr = 251,
  kAxfr = 252,
  kAny = 255,
};

inline constexpr std::uint16_t kDnsClassIn = 1;
inline constexpr std::uint16_t kDnsClassAny = 255;

// Above 15 the code is extended by an OPT record.
enum class DnsRcode : std::uint8_t {
  kNoError = 0,
  kFormErr = 1,
  kServFail = 2,
  kNxDomain = 3,
  kNotImp = 4,
  kRefused = 5,
  kBadVers = 16,
};

// The flags of a header; what is between them is the opcode and, at the end, the response code.
inline constexpr std::uint16_t kDnsResponse = 0x8000;
inline constexpr std::uint16_t kDnsOpcodeMask = 0x7800;  // 0: QUERY
inline constexpr std::uint16_t kDnsAuthoritative = 0x0400;
inline constexpr std::uint16_t kDnsTruncated = 0x0200;
inline constexpr std::uint16_t kDnsRecursionDesired = 0x0100;
inline constexpr std::uint16_t kDnsRecursionAvailable = 0x0080;
inline constexpr std::uint16_t kDnsCheckingDisabled = 0x0010;
inline constexpr std::uint16_t kDnsRcodeMask = 0x000f;

inline constexpr std::size_t kDnsHeaderBytes = 12;
inline constexpr std::size_t kDnsLabelBytesMax = 63;
inline constexpr std::size_t kDnsNameBytesMax = 255;        // with the root's zero
inline constexpr std::size_t kDnsUdpBytes = 512;            // of an answer without EDNS
inline constexpr std::size_t kDnsMessageBytesMax = 65'535;  // what a stream's length says
inline constexpr std::size_t kDnsStreamLengthBytes = 2;     // before each message on a stream
inline constexpr std::uint16_t kDnsPointer = 0xc000;        // the two bits of a compressed name
inline constexpr std::size_t kDnsPointerMax = 0x3fff;       // what can be pointed at

inline std::uint16_t read_u16(const char* at) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(at);
  return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}
inline std::uint32_t read_u32(const char* at) {
  return static_cast<std::uint32_t>(read_u16(at)) << 16 | read_u16(at + 2);
}
inline void write_u16(char* at, std::uint16_t value) {
  at[0] = static_cast<char>(value >> 8);
  at[1] = static_cast<char>(value);
}
inline void write_u32(char* at, std::uint32_t value) {
  write_u16(at, static_cast<std::uint16_t>(value >> 16));
  write_u16(at + 2, static_cast<std::uint16_t>(value));
}

}  // namespace weft::wire
