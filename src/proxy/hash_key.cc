#include "proxy/hash_key.h"

#include "balance/hash.h"
#include "base/hash.h"
#include "wire/cookie.h"

#include <algorithm>
#include <string_view>

namespace weft::proxy {
namespace {

// The value of the first parameter of that name, not decoded; empty when there is none.
std::string_view query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    if (pair.size() > name.size() && pair[name.size()] == '=' && pair.starts_with(name)) {
      return pair.substr(name.size() + 1);
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

std::string_view header_value(const wire::HeaderList& headers, std::string_view name) {
  const wire::Header* header = headers.find(name);
  return header != nullptr ? header->value : std::string_view();
}

// The text that is hashed; empty: the request has none.
std::string_view key_text(model::HashOn on, std::string_view name, const wire::RequestHead& head) {
  switch (on) {
    case model::HashOn::kNone:
    case model::HashOn::kIp:
      return {};
    case model::HashOn::kHeader:
      return header_value(head.headers, name);
    case model::HashOn::kCookie:
      return wire::find_cookie(head.headers, name).value_or(std::string_view());
    case model::HashOn::kQuery:
      return query_value(head.query, name);
    case model::HashOn::kPath:
      return head.path;
  }
  return {};
}

std::optional<std::uint64_t> key_of(model::HashOn on, std::string_view name,
                                    const wire::RequestHead& head, const base::IpAddress& client) {
  if (on == model::HashOn::kIp) {
    return balance::hash_client(client);
  }
  const std::string_view text = key_text(on, name, head);
  return text.empty() ? std::nullopt : std::optional(base::hash64(text));
}

}  // namespace

std::optional<std::uint64_t> hash_key(const model::ClusterSettings& settings,
                                      const wire::RequestHead& head,
                                      const base::IpAddress& client) {
  switch (settings.balancing) {
    case model::Balancing::kIpHash:
      return balance::hash_client(client);
    case model::Balancing::kMaglev:
    case model::Balancing::kRingHash: {
      const model::HashSettings& hash = settings.hash;
      const auto key = key_of(hash.on, hash.name, head, client);
      return key ? key : key_of(hash.fallback, hash.fallback_name, head, client);
    }
    default:
      return std::nullopt;
  }
}

}  // namespace weft::proxy
