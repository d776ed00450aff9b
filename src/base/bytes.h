// Bytes that are no text, as a member of a described type: base64 in JSON.
#pragma once

#include "base/described.h"
#include "base/result.h"
#include "base/text.h"

#include <string>
#include <string_view>
#include <utility>

namespace weft::base {

// Thread: any (a value).
struct Bytes {
  std::string data{};

  bool operator==(const Bytes&) const = default;
};

template <>
struct TextForm<Bytes> {
  static constexpr std::string_view kFormat = "byte";  // OpenAPI 3: base64
  static Result<Bytes> parse(std::string_view text) {
    auto data = from_base64(text);
    if (!data) {
      return fail(Code::kInvalid, "must be base64", Side::kClient);
    }
    return Bytes{*std::move(data)};
  }
  static std::string text(const Bytes& bytes) { return to_base64(bytes.data); }
};

}  // namespace weft::base
