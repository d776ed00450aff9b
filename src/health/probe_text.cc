#include "health/probe_text.h"

#include "base/text.h"

#include <algorithm>

namespace weft::health {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7f;
}

bool is_plain(char c) { return static_cast<unsigned char>(c) < 0x80 && !is_control(c); }

std::string rewrite_printable(std::string_view text, std::size_t bytes_max) {
  std::string out;
  out.reserve(std::min(text.size(), bytes_max));
  while (!text.empty()) {
    const auto plain_end = std::ranges::find_if_not(text, is_plain);
    const auto plain = static_cast<std::size_t>(plain_end - text.begin());
    out += text.substr(0, std::min(plain, bytes_max - out.size()));
    text.remove_prefix(plain);
    if (text.empty()) {
      break;
    }
    const std::size_t bytes = base::utf8_character_bytes(text);
    const bool shown = bytes > 0 && !is_control(text.front());
    const std::string_view piece = shown ? text.substr(0, bytes) : std::string_view("?");
    if (out.size() + piece.size() > bytes_max) {
      break;
    }
    out += piece;
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return out;
}

}  // namespace

std::string_view failure_text(const base::Error& error) {
  switch (error.code) {
    case base::Code::kTimeout:
      return "timed out";
    case base::Code::kRefused:
      return "connection refused";
    case base::Code::kUnreachable:
      return "no route to the host";
    case base::Code::kReset:
      return "connection reset";
    case base::Code::kClosed:
      return "connection closed without an answer";
    case base::Code::kNoName:
      return "the name does not resolve";
    case base::Code::kUnavailable:
      return "the name servers fail";
    case base::Code::kForbidden:
      return error.sys != 0 ? "not permitted by this host" : "outside of the networks probed";
    case base::Code::kNoSpace:
      return "not probed: out of file descriptors";
    case base::Code::kBadMessage:
    case base::Code::kUnsupported:
      return "the answer is not HTTP/1.1";
    case base::Code::kHeadTooLarge:
    case base::Code::kTooManyFields:
      return "the head of the answer is too large";
    default:
      return error.what;
  }
}

std::string_view tls_failure_text(const base::Error& error) {
  return error.code == base::Code::kBadMessage ? error.what : failure_text(error);
}

bool is_answer(const base::Error& error) {
  return error.code == base::Code::kUntrusted || error.code == base::Code::kBadMessage;
}

bool is_inconclusive(const base::Error& error) {
  switch (error.code) {
    case base::Code::kCancelled:
    case base::Code::kShutdown:
    case base::Code::kNoSpace:
    case base::Code::kAddressInUse:
    case base::Code::kLimit:
    case base::Code::kIo:  // also: no local port is left
      return true;
    default:
      return false;
  }
}

std::string printable(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max && std::ranges::all_of(text, is_plain)) {
    return text;  // nearly always
  }
  return rewrite_printable(text, bytes_max);
}

}  // namespace weft::health
