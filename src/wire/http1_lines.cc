#include "wire/http1_lines.h"

#include "base/text.h"

#include <algorithm>
#include <cstring>

namespace weft::wire {
namespace {

using base::Code;

// chosen: longer than any registered method ("UPDATEREDIRECTREF", 17).
constexpr std::size_t kMethodBytesMax = 32;

// RFC 9112 §3.2, §6.3: a second one of these changes where the request goes or ends.
bool comes_once(HeaderId id) {
  return id == HeaderId::kHost || id == HeaderId::kContentLength ||
         id == HeaderId::kTransferEncoding;
}

// SP or HTAB, given that the only control byte of a line is HTAB.
bool is_blank_of_line(char c) { return static_cast<unsigned char>(c) <= ' '; }

}  // namespace

ControlMarks::Cursor ControlMarks::load(std::size_t base) {
  base_ = base;
  const std::size_t bytes = std::min(scan::kChunkBytes, input_.size() - base);
  chunk_end_ = base + bytes;
  scanner_.mark(input_.data() + base, bytes, marks_);
  return {marks_.control[0], 0};
}

Step HeadLines::line_end(std::size_t at) {
  if (at + 2 <= input_.size() && std::memcmp(input_.data() + at, "\r\n", 2) == 0) [[likely]] {
    at_ = at + 2;
    return Step::kOk;
  }
  return broken_line_end(at);
}

Step HeadLines::broken_line_end(std::size_t at) {
  if (at >= input_.size()) {
    return Step::kMore;
  }
  if (input_[at] != '\r') {
    return bad(input_[at] == '\n' ? "a line ends with a bare LF (RFC 9112 §2.2)"
                                  : "a control byte in a line (RFC 9110 §5.5)");
  }
  return at + 1 >= input_.size() ? Step::kMore : bad("a bare CR (RFC 9112 §2.2)");
}

// RFC 9112 §2.2: a server SHOULD ignore at least one empty line before the request line; old
// clients send it after a body. chosen: one and no more.
Step HeadLines::skip_empty_line() {
  if (input_.empty()) {
    return Step::kMore;
  }
  return input_[0] == '\r' ? line_end(0) : Step::kOk;
}

Step HeadLines::request_line(RequestHead& out) {
  if (const Step step = method(out); step != Step::kOk) {
    return step;
  }
  if (const Step step = target(out); step != Step::kOk) {
    return step;
  }
  std::size_t at = at_;
  if (const Step step = version(out.version_minor, at); step != Step::kOk) {
    return step;
  }
  if (at < input_.size() && input_[at] != '\r' && input_[at] != '\n') {
    return bad("bytes behind the HTTP version (RFC 9112 §3)");
  }
  return line_end(at);
}

// RFC 9112 §3.1. Moves behind the one space that must follow.
Step HeadLines::method(RequestHead& out) {
  const std::string_view rest = input_.substr(at_, kMethodBytesMax + 1);
  std::size_t length = 0;
  while (length < rest.size() && rest[length] != ' ') {
    ++length;
  }
  const std::string_view text = rest.substr(0, length);
  out.method = parse_method(text);
  if (out.method == Method::kOther && !text.empty() && !is_token(text)) {
    return bad("the method is not a token (RFC 9112 §3.1)");
  }
  if (length == rest.size()) {
    return rest.size() <= kMethodBytesMax
               ? Step::kMore
               : bad("the method is longer than 32 bytes or no space follows it");
  }
  if (text.empty()) {
    return bad("white space before the method (RFC 9112 §3)");
  }
  out.method_text = text;
  at_ += length + 1;
  return Step::kOk;
}

// RFC 9112 §3.2, RFC 3986 §2. Bytes that RFC 3986 excludes are refused when two readers might
// disagree about them. chosen: ^ ` { | } pass, and \ in a query: browsers send them unescaped and
// nobody reads them as delimiters there.
Step HeadLines::target(RequestHead& out) {
  const std::size_t allowed = limits_.uri_bytes;
  const std::string_view rest = input_.substr(at_, std::min(allowed, input_.size()) + 1);
  std::size_t query = std::string_view::npos;
  std::size_t at = 0;
  for (;; ++at) {
    at += scanner_.target_end(rest.data() + at, rest.size() - at);
    if (at == rest.size() || (rest[at] != '?' && rest[at] != '\\')) {
      break;
    }
    if (rest[at] == '\\' && query == std::string_view::npos) {
      return bad("a backslash in the path of the target (RFC 3986 §3.3)");
    }
    if (rest[at] == '?' && query == std::string_view::npos) {
      query = at;
    }
  }
  if (at > allowed) {
    return bad(Code::kUriTooLong, "the request target is too long");
  }
  if (at == rest.size()) {
    return rest.size() > allowed ? bad(Code::kUriTooLong, "the request target is too long")
                                 : Step::kMore;
  }
  if (rest[at] != ' ') {
    return bad(rest[at] == '\r' || rest[at] == '\n'
                   ? "no HTTP version after the target (RFC 9112 §3)"
                   : "a byte that no request target holds (RFC 9112 §3.2)");
  }
  if (at == 0) {
    return bad("more than one space before the target, or no target (RFC 9112 §3)");
  }
  out.target = rest.substr(0, at);
  out.has_query = query != std::string_view::npos;
  out.path = out.target.substr(0, query);
  out.query = out.has_query ? out.target.substr(query + 1) : std::string_view();
  at_ += at + 1;
  return Step::kOk;
}

// RFC 9112 §2.3: HTTP-version is case-sensitive, one digit, a dot, one digit.
Step HeadLines::version(std::uint8_t& minor, std::size_t& at) {
  constexpr std::string_view kStart = "HTTP/1.";
  if (at + 8 > input_.size() || std::memcmp(input_.data() + at, kStart.data(), 7) != 0 ||
      (input_[at + 7] != '0' && input_[at + 7] != '1')) [[unlikely]] {
    return version_slow(minor, at);
  }
  minor = static_cast<std::uint8_t>(input_[at + 7] - '0');
  at += 8;
  return Step::kOk;
}

// Tells apart: cut short, not a version, and a version we do not speak. chosen: HTTP/1.2 to 1.9 are
// refused like 2.0; nobody has ever defined them.
Step HeadLines::version_slow(std::uint8_t& minor, std::size_t& at) {
  constexpr std::string_view kPattern = "HTTP/d.d";
  for (std::size_t i = 0; i < kPattern.size(); ++i) {
    if (at + i == input_.size()) {
      return Step::kMore;
    }
    const char c = input_[at + i];
    if (kPattern[i] == 'd' ? !base::is_digit(c) : c != kPattern[i]) {
      return bad("not an HTTP version (RFC 9112 §2.3)");
    }
  }
  const char next = at + 8 < input_.size() ? input_[at + 8] : '\0';
  if (at + 8 == input_.size()) {
    return Step::kMore;
  }
  if (next != '\r' && next != ' ') {
    return bad("not an HTTP version (RFC 9112 §2.3)");
  }
  minor = 0;
  return bad(Code::kUnsupported, "only HTTP/1.0 and HTTP/1.1 are spoken here (RFC 9110 §15.6.6)");
}

// RFC 9112 §4. chosen: the space before an empty reason may be missing, as some servers do it.
Step HeadLines::status_line(ResponseHead& out) {
  std::size_t at = at_;
  if (const Step step = version(out.version_minor, at); step != Step::kOk) {
    return step;
  }
  constexpr std::string_view kPattern = " ddd";
  for (std::size_t i = 0; i < kPattern.size(); ++i) {
    if (at + i == input_.size()) {
      return Step::kMore;
    }
    const char c = input_[at + i];
    if (kPattern[i] == 'd' ? !base::is_digit(c) : c != ' ') {
      return bad("the status is not three digits after one space (RFC 9112 §4)");
    }
  }
  const auto digit = [&](std::size_t i) { return input_[at + i] - '0'; };
  const int status = digit(1) * 100 + digit(2) * 10 + digit(3);
  if (status < 100) {
    return bad("a status below 100 (RFC 9110 §15)");
  }
  out.status = static_cast<std::uint16_t>(status);
  at += kPattern.size();
  ControlMarks::Cursor cursor = marks_.load(at);
  const std::size_t end = marks_.next(cursor);
  if (end > at && input_[at] != ' ') {
    return bad("no space after the status (RFC 9112 §4)");
  }
  if (const Step step = line_end(end); step != Step::kOk) {
    return step;
  }
  marks_.skip(cursor);  // the LF that line_end() saw
  resume_ = cursor;
  out.reason = end > at ? input_.substr(at + 1, end - at - 1) : std::string_view();
  return Step::kOk;
}

Step HeadLines::fields(HeaderList& out) {
  ControlMarks::Cursor cursor = resume_ ? *resume_ : marks_.load(at_);
  for (;;) {
    const std::size_t begin = at_;
    const std::size_t end = marks_.next(cursor);
    if (const Step step = line_end(end); step != Step::kOk) {
      return step;
    }
    marks_.skip(cursor);  // the LF that line_end() saw
    if (end == begin) {
      return Step::kOk;
    }
    if (const Step step = field(out, begin, end); step != Step::kOk) {
      return step;
    }
  }
}

// RFC 9112 §5: a name, which is a token with no white space before the colon (§5.1), a colon, and
// a value with white space around it that is no part of it.
Step HeadLines::field(HeaderList& out, std::size_t begin, std::size_t end) {
  const std::size_t colon = marks_.colon(begin, end);
  Header header;
  header.name = {input_.data() + begin, colon - begin};
  header.id = header_id_unchecked(header.name);
  if (header.id == HeaderId::kOther && !is_token(header.name)) {
    return bad_name(header.name);
  }
  if (colon == end) {
    return bad("a field line without a colon (RFC 9112 §5)");
  }
  std::size_t value = colon + 1;
  while (value < end && is_blank_of_line(input_[value])) {
    ++value;
  }
  while (end > value && is_blank_of_line(input_[end - 1])) {
    --end;
  }
  header.value = {input_.data() + value, end - value};
  if (out.size() >= header_count_max_) [[unlikely]] {
    return bad(Code::kTooManyFields, "too many header fields");
  }
  if (out.add(header) && comes_once(header.id)) [[unlikely]] {
    return bad("Host, Content-Length or Transfer-Encoding comes twice (RFC 9112 §3.2, §6.3)");
  }
  return Step::kOk;
}

Step HeadLines::bad_name(std::string_view name) {
  if (name.empty()) {
    return bad("an empty field name (RFC 9110 §5.1)");
  }
  if (base::is_blank(name.front())) {
    return bad("a line starts with white space: line folding is refused (RFC 9112 §5.2)");
  }
  return bad(base::is_blank(name.back()) ? "white space before the colon of a field (RFC 9112 §5.1)"
                                         : "a field name is not a token (RFC 9110 §5.1)");
}

}  // namespace weft::wire
