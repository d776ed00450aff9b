#include "api/consul/archive.h"

#include "base/json.h"
#include "base/text.h"
#include "wire/gzip.h"
#include "wire/sha256.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace weft::api::consul {
namespace {

using base::Code;
using base::Result;

constexpr std::string_view kArchiveFormat = "weft-snapshot";
constexpr std::uint64_t kArchiveVersion = 1;
constexpr std::string_view kObjectHead = R"({"table":)";
constexpr std::string_view kObjectMiddle = R"(,"object":)";

std::unexpected<base::Error> bad_archive(const char* what) {
  return base::fail(Code::kBadMessage, what, base::Side::kClient);
}

// The next line, without its end; nullopt: there is no whole one.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::string text_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(*text) : std::string();
}

std::optional<std::uint64_t> number_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || !value->is_number()) {
    return std::nullopt;
  }
  boost::system::error_code wrong;
  const auto number = value->to_number<std::uint64_t>(wrong);
  return wrong ? std::nullopt : std::optional(number);
}

// The first line. Returns: how many objects there are to be.
Result<std::uint64_t> parse_head(std::string_view line, Archive& out) {
  const auto value = base::parse_json(line);
  const auto* object = value ? value->if_object() : nullptr;
  if (object == nullptr || text_in(*object, "format") != kArchiveFormat) {
    return bad_archive("it is not a snapshot of weft");
  }
  const auto version = number_in(*object, "version");
  if (!version || *version != kArchiveVersion) {
    return base::fail(Code::kUnsupported, "it is of a version that is not known here",
                      base::Side::kClient);
  }
  const auto index = number_in(*object, "index");
  const auto objects = number_in(*object, "objects");
  const auto time = base::parse_rfc3339(text_in(*object, "time"));
  if (!index || !objects || !time) {
    return bad_archive("its first line is damaged");
  }
  out.index = *index;
  out.time = std::chrono::floor<base::Micros>(*time);  // as it is written
  out.node = text_in(*object, "node");
  out.datacenter = text_in(*object, "datacenter");
  return *objects;
}

Result<ArchivedObject> parse_object(std::string_view line) {
  const auto value = base::parse_json(line);
  const auto* object = value ? value->if_object() : nullptr;
  const json::value* body = object != nullptr ? object->if_contains("object") : nullptr;
  std::string table = object != nullptr ? text_in(*object, "table") : std::string();
  if (body == nullptr || !body->is_object() || table.empty()) {
    return bad_archive("one of its lines is no object");
  }
  return ArchivedObject{std::move(table), base::write_json(*body)};
}

// `text` without its last line, when that line is right about it.
Result<std::string_view> checked(std::string_view text) {
  if (!text.ends_with('\n')) {
    return bad_archive("it is cut off");
  }
  const std::size_t last = text.substr(0, text.size() - 1).rfind('\n');
  if (last == std::string_view::npos) {
    return bad_archive("it is cut off");
  }
  const std::string_view body = text.substr(0, last + 1);
  if (text.substr(last + 1) != digest_line(body)) {
    return bad_archive("its digest is another one than that of what is in it");
  }
  return body;
}

}  // namespace

std::string digest_line(std::string_view text) {
  const wire::Sha256 digest = wire::sha256(text);
  return fmt::format("{{\"sha256\":\"{:02x}\"}}\n", fmt::join(digest, ""));
}

std::string write_archive(const Archive& archive) {
  const json::object head{{"format", kArchiveFormat},
                          {"version", kArchiveVersion},
                          {"index", archive.index},
                          {"time", base::format_rfc3339(archive.time)},
                          {"node", archive.node},
                          {"datacenter", archive.datacenter},
                          {"objects", archive.objects.size()}};
  std::string text = base::write_json(head) + "\n";
  for (const ArchivedObject& object : archive.objects) {
    text += base::concat({kObjectHead, base::write_json(json::string(object.table)), kObjectMiddle,
                          object.body, "}\n"});
  }
  text += digest_line(text);
  return wire::gzip(text);
}

Result<Archive> parse_archive_text(std::string_view text) {
  WEFT_TRY(std::string_view rest, checked(text));
  Archive out;
  const auto head = take_line(rest);
  if (!head) {
    return bad_archive("it is not a snapshot of weft");
  }
  WEFT_TRY(const std::uint64_t objects, parse_head(*head, out));
  while (const auto line = take_line(rest)) {
    WEFT_TRY(ArchivedObject object, parse_object(*line));
    out.objects.push_back(std::move(object));
  }
  if (out.objects.size() != objects) {
    return bad_archive("it has another number of objects than it says");
  }
  return out;
}

Result<Archive> read_archive(std::string_view bytes) {
  WEFT_TRY(const std::string text, wire::gunzip(bytes, kArchiveTextBytesMax));
  return parse_archive_text(text);
}

}  // namespace weft::api::consul
