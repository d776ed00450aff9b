#include "messages.h"

#include "base/text.h"

#include <algorithm>
#include <cstdlib>

namespace weft::scenario {

std::string_view field_of(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const std::size_t end = std::min(head.find(kLineEnd), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + kLineEnd.size(), head.size()));
    if (line.size() > name.size() && line[name.size()] == ':' &&
        base::iequals(line.substr(0, name.size()), name)) {
      return base::trim(line.substr(name.size() + 1));
    }
  }
  return {};
}

Chunks read_chunks(std::string_view bytes) {
  Chunks out;
  std::size_t at = 0;
  for (;;) {
    const std::size_t line_end = bytes.find(kLineEnd, at);
    if (line_end == std::string_view::npos) {
      return out;
    }
    const std::size_t size = std::strtoul(std::string(bytes.substr(at)).c_str(), nullptr, 16);
    at = line_end + kLineEnd.size();
    if (size == 0) {
      break;
    }
    out.data += bytes.substr(at, size);
    at += size + kLineEnd.size();
    if (at > bytes.size()) {
      return out;
    }
  }
  // The end of the last line before the empty one: the last chunk's, or that of a trailer field.
  const std::size_t last = bytes.find(kHeadEnd, at - kLineEnd.size());
  if (last != std::string_view::npos) {
    out.end = last + kHeadEnd.size();
  }
  return out;
}

std::size_t message_end(std::string_view bytes, bool has_body, Ending ending) {
  const std::size_t head_end = bytes.find(kHeadEnd);
  if (head_end == std::string_view::npos) {
    return head_end;
  }
  const std::string_view head = bytes.substr(0, head_end + kLineEnd.size());
  const std::size_t body = head_end + kHeadEnd.size();
  if (!has_body) {
    return body;
  }
  if (!field_of(head, "Transfer-Encoding").empty()) {
    const std::size_t end = read_chunks(bytes.substr(body)).end;
    return end == std::string_view::npos ? end : body + end;
  }
  const auto length = base::parse_u64(field_of(head, "Content-Length"));
  if (!length && ending == Ending::kWithConnection) {
    return bytes.size();
  }
  const std::size_t end = body + length.value_or(0);
  return end <= bytes.size() ? end : std::string_view::npos;
}

}  // namespace weft::scenario
