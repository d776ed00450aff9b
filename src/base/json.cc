#include "base/json.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <iterator>
#include <utility>

namespace weft::base {
namespace {

// Writes one value after another; the depth of a value is bounded by whoever made it.
class JsonWriter final {
 public:
  JsonWriter(std::string& out, JsonLayout layout) : out_(out), layout_(layout) {}

  void write(const json::value& value) {
    switch (value.kind()) {
      case json::kind::null:
        out_ += "null";
        break;
      case json::kind::bool_:
        out_ += value.get_bool() ? "true" : "false";
        break;
      case json::kind::int64:
        fmt::format_to(std::back_inserter(out_), "{}", value.get_int64());
        break;
      case json::kind::uint64:
        fmt::format_to(std::back_inserter(out_), "{}", value.get_uint64());
        break;
      case json::kind::double_:
        write_double(value.get_double());
        break;
      case json::kind::string:
        append_json_string(out_, std::string_view(value.get_string()));
        break;
      case json::kind::array:
        write_array(value.get_array());
        break;
      case json::kind::object:
        write_object(value.get_object());
        break;
    }
  }

 private:
  void write_double(double number) {
    if (!std::isfinite(number)) {
      out_ += "null";
      return;
    }
    const std::size_t start = out_.size();
    fmt::format_to(std::back_inserter(out_), "{}", number);
    if (out_.find_first_of(".e", start) == std::string::npos) {
      out_ += ".0";  // stays a fraction for readers that tell 1 from 1.0
    }
  }

  void write_array(const json::array& array) {
    out_ += '[';
    bool first = true;
    ++depth_;
    for (const json::value& item : array) {
      begin_item(first);
      write(item);
    }
    --depth_;
    end_items(first);
    out_ += ']';
  }

  void write_object(const json::object& object) {
    out_ += '{';
    bool first = true;
    ++depth_;
    for (const auto& member : object) {
      begin_item(first);
      append_json_string(out_, std::string_view(member.key()));
      out_ += layout_ == JsonLayout::kIndented ? ": " : ":";
      write(member.value());
    }
    --depth_;
    end_items(first);
    out_ += '}';
  }

  void begin_item(bool& first) {
    if (!first) {
      out_ += ',';
    }
    first = false;
    break_line();
  }

  void end_items(bool was_empty) {
    if (!was_empty) {
      break_line();
    }
  }

  void break_line() {
    if (layout_ == JsonLayout::kIndented) {
      out_ += '\n';
      out_.append(2 * depth_, ' ');
    }
  }

  std::string& out_;
  JsonLayout layout_;
  std::size_t depth_ = 0;
};

char* put(char* to, std::string_view text) { return std::ranges::copy(text, to).out; }

// One ASCII character that may not stand by itself in a string; at most six bytes.
char* put_escaped(char* to, char c) {
  switch (c) {
    case '"':
      return put(to, "\\\"");
    case '\\':
      return put(to, "\\\\");
    case '\n':
      return put(to, "\\n");
    case '\r':
      return put(to, "\\r");
    case '\t':
      return put(to, "\\t");
    default:
      return fmt::format_to(to, "\\u{:04x}", static_cast<unsigned char>(c));
  }
}

// Is there a byte among these eight that is no printable ASCII, a quote or a backslash? May say yes
// too often, never too rarely: a borrow of a lower byte can only set the high bit of a higher one.
bool may_need_escape(std::uint64_t eight) {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
  const auto has = [&](unsigned char c) { return (eight ^ c * kOnes) - kOnes; };
  return ((eight | (eight - 0x20 * kOnes) | has('"') | has('\\') | has(0x7f)) & (0x80 * kOnes)) !=
         0;
}

template <class Word>
Word load(const char* from) {
  Word word{};
  std::memcpy(&word, from, sizeof word);
  return word;
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f &&
         c != '"' && c != '\\';
}

using Sixteen [[gnu::vector_size(16)]] = unsigned char;

bool is_plain(Sixteen c) {
  const auto escaped = (c < 0x20) | (c > 0x7e) | (c == '"') | (c == '\\');
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), &escaped, sizeof halves);
  return (halves[0] | halves[1]) == 0;
}

template <class Word>
void store(char* to, Word word) {
  std::memcpy(to, &word, sizeof word);
}

// Copies the bytes at the front that are printable ASCII and need no escape. Returns: how many.
std::size_t copy_plain(char* to, std::string_view bytes) {
  const char* from = bytes.data();
  const std::size_t size = bytes.size();
  std::size_t at = 0;
  while (size - at >= sizeof(Sixteen) && is_plain(load<Sixteen>(from + at))) {
    store(to + at, load<Sixteen>(from + at));
    at += sizeof(Sixteen);
  }
  // What is left with some of those before it, if there are enough.
  if (const std::size_t left = size - at; size >= sizeof(Sixteen) && left < sizeof(Sixteen)) {
    const auto last = load<Sixteen>(from + size - sizeof(Sixteen));
    if (is_plain(last)) {
      store(to + size - sizeof(Sixteen), last);
      return size;
    }
  } else if (size >= sizeof(std::uint64_t) && size < sizeof(Sixteen)) {
    const auto first = load<std::uint64_t>(from);
    const auto last = load<std::uint64_t>(from + size - sizeof(std::uint64_t));
    if (!may_need_escape(first) && !may_need_escape(last)) {
      store(to, first);
      store(to + size - sizeof(std::uint64_t), last);
      return size;
    }
  }
  for (; at < size && is_plain(from[at]); ++at) {
    to[at] = from[at];
  }
  return at;
}

}  // namespace

Result<json::value> parse_json(std::string_view text, const JsonLimits& limits,
                               json::storage_ptr memory) {
  if (text.size() > limits.bytes) {
    return fail(Code::kBodyTooLarge, "JSON text is too long", Side::kClient);
  }
  json::parse_options options;
  options.max_depth = limits.depth;
  json::error_code error;
  json::value value = json::parse(text, error, std::move(memory), options);
  if (error == json::error::too_deep) {
    return fail(Code::kLimit, "JSON is nested too deeply", Side::kClient);
  }
  if (error) {
    return fail(Code::kInvalid, "not valid JSON", Side::kClient);
  }
  return value;
}

std::string write_json(const json::value& value, JsonLayout layout) {
  std::string out;
  JsonWriter(out, layout).write(value);
  return out;
}

// Source: RFC 8259 §7; other characters stand as they are.
void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20) {
      continue;
    }
    out.append(text, plain, i - plain);
    plain = i + 1;
    std::array<char, 6> escaped{};
    out.append(escaped.data(), put_escaped(escaped.data(), c));
  }
  out.append(text, plain);
  out += '"';
}

namespace {

// The first character, which is none that copy_plain() takes.
char* put_other(char* to, std::string_view bytes, std::size_t length) {
  const std::string_view character = bytes.substr(0, length);
  if (length == 1) {
    return put_escaped(to, bytes.front());
  }
  if (length == 0) {
    return put(to, "\\ufffd");
  }
  if (length == 2 && bytes[0] == '\xc2' && static_cast<unsigned char>(bytes[1]) < 0xa0) {
    return fmt::format_to(to, "\\u{:04x}", static_cast<unsigned char>(bytes[1]));
  }
  if (character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9") {
    return bytes[2] == '\xa8' ? put(to, "\\u2028") : put(to, "\\u2029");
  }
  return put(to, character);
}

}  // namespace

char* write_json_bytes(char* to, std::string_view bytes) {
  *to++ = '"';
  for (;;) {
    const std::size_t plain = copy_plain(to, bytes);
    to += plain;
    bytes.remove_prefix(plain);
    if (bytes.empty()) {
      break;
    }
    const std::size_t length = utf8_character_bytes(bytes);
    to = put_other(to, bytes, length);
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  *to++ = '"';
  return to;
}

void append_json_bytes(std::string& out, std::string_view bytes) {
  const std::size_t before = out.size();
  out.resize_and_overwrite(before + json_bytes_max(bytes.size()), [&](char* text, std::size_t) {
    return static_cast<std::size_t>(write_json_bytes(text + before, bytes) - text);
  });
}

}  // namespace weft::base
