#include "proxy/policies/split.h"

#include "base/hash.h"
#include "wire/cookie.h"

namespace weft::proxy {
namespace {

bool takes_part(const RouteIndex& index, const model::Destination& destination) {
  return destination.weight > 0 && index.cluster(destination.service) != nullptr;
}

}  // namespace

std::optional<std::uint64_t> split_key(const model::Split& split, const wire::RequestHead& head) {
  std::optional<std::string_view> text;
  switch (split.by) {
    case model::SplitBy::kWeight:
      return std::nullopt;
    case model::SplitBy::kHeader:
      if (const wire::Header* field = head.headers.find(split.name)) {
        text = field->value;
      }
      break;
    case model::SplitBy::kCookie:
      text = wire::find_cookie(head.headers, split.name);
      break;
  }
  return text ? std::optional(base::hash64(*text)) : std::nullopt;
}

RouteTarget split_by_key(const RouteIndex& index, const CompiledRoute& route, std::uint64_t key) {
  const auto& destinations = route.route().destinations;
  std::uint64_t total = 0;
  for (const model::Destination& destination : destinations) {
    total += takes_part(index, destination) ? destination.weight : 0;
  }
  if (total == 0) {
    return {};
  }
  std::uint64_t at = key % total;
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    if (!takes_part(index, destinations[i])) {
      continue;
    }
    if (at < destinations[i].weight) {
      return index.target(route, i);
    }
    at -= destinations[i].weight;
  }
  return {};
}

}  // namespace weft::proxy
