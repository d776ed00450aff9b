#include "proxy/affinity.h"

#include "base/time.h"
#include "wire/cookie.h"

#include <fmt/format.h>

#include <charconv>

namespace weft::proxy {
namespace {

constexpr std::size_t kIdentityDigits = 16;

}  // namespace

std::optional<std::uint64_t> pinned_identity(const model::AffinitySettings& settings,
                                             const wire::HeaderList& headers) {
  const auto value = wire::find_cookie(headers, settings.cookie);
  if (!value || value->size() != kIdentityDigits) {
    return std::nullopt;
  }
  std::uint64_t identity = 0;
  const char* end = value->data() + value->size();
  const auto read = std::from_chars(value->data(), end, identity, 16);
  return read.ec == std::errc() && read.ptr == end ? std::optional(identity) : std::nullopt;
}

std::string_view AffinityCookie::write(const model::AffinitySettings& settings,
                                       std::uint64_t identity_hash) {
  auto end =
      fmt::format_to_n(bytes_.data(), bytes_.size(), "{}={:016x}; Path=/; HttpOnly; SameSite=Lax",
                       settings.cookie, identity_hash)
          .out;
  if (settings.max_age > base::Nanos(0)) {
    const auto left = static_cast<std::size_t>(bytes_.data() + bytes_.size() - end);
    const auto seconds = std::chrono::ceil<base::Seconds>(settings.max_age).count();
    end = fmt::format_to_n(end, left, "; Max-Age={}", seconds).out;
  }
  return {bytes_.data(), static_cast<std::size_t>(end - bytes_.data())};
}

}  // namespace weft::proxy
