#include "io/resolver.h"

#include "base/text.h"

namespace weft::io {

std::optional<Addresses> resolve_literal(std::string_view name) {
  if (const auto ip = base::parse_ip(name)) {
    return Addresses{*ip};
  }
  constexpr std::string_view kLocal = "localhost";
  const bool is_below = name.size() > kLocal.size() && name[name.size() - kLocal.size() - 1] == '.';
  if ((name.size() == kLocal.size() || is_below) &&
      base::iequals(name.substr(name.size() - kLocal.size()), kLocal)) {
    return Addresses{base::IpAddress::loopback()};
  }
  return std::nullopt;
}

Task<base::Result<Addresses>> FixedResolver::resolve(std::string name,
                                                     base::MonoTime /*deadline*/) {
  ++lookups_;
  if (auto literal = resolve_literal(name)) {
    co_return std::move(*literal);
  }
  const auto found = names_.find(name);
  if (found == names_.end()) {
    co_return base::fail(base::Code::kNoName, "resolve a name", base::Side::kBackend,
                         base::Retry::kSafe);
  }
  co_return found->second;
}

Task<void> FixedResolver::stop() { co_return; }

}  // namespace weft::io
