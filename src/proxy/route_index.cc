#include "proxy/route_index.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>
#include <vector>

namespace weft::proxy {
namespace {

constexpr std::string_view kServiceSuffix = ".service.weft";
constexpr std::string_view kServicePath = "/svc/";
constexpr std::size_t kHostNameBytesMax = 255;  // RFC 1035 §2.3.4
// chosen: more than validation lets a route have; a longer one matches nothing.
constexpr std::size_t kRoutePathBytesMax = 4096;

// A place in the map: host, read backwards and in lower case; kExactHost or kBelowHost; then
// kPattern, or the path, with kPathEnd when nothing may follow. No request brings these bytes, so
// that no host or path can be taken for another part of a place.
constexpr char kExactHost = '\1';
constexpr char kBelowHost = '\2';  // "*.example" is below ".example"; any host is below ""
constexpr char kPattern = '\3';
constexpr char kPathEnd = '\4';

bool has_mark(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return c >= kExactHost && c <= kPathEnd; });
}

// Of a route under `host`, which has kExactHost or kBelowHost behind it.
std::string place_of(std::string_view host, char mark, const model::Route& route) {
  std::string place = base::to_lower(host);
  std::ranges::reverse(place);
  place += mark;
  switch (route.path_match) {
    case model::PathMatch::kPrefix:
      place += route.path;
      break;
    case model::PathMatch::kExact:
      place += route.path;
      place += kPathEnd;
      break;
    case model::PathMatch::kRegex:
      place += kPattern;
      break;
  }
  return place;
}

// Calls visit(place) for each place of a route. A host or path that no request can have has none.
template <class Visit>
void for_each_place(const model::Route& route, Visit visit) {
  const bool is_regex = route.path_match == model::PathMatch::kRegex;
  if (!is_regex && (has_mark(route.path) || route.path.size() > kRoutePathBytesMax)) {
    return;
  }
  if (route.hosts.empty()) {
    visit(place_of({}, kBelowHost, route));
  }
  for (const std::string_view host : route.hosts) {
    if (host.size() > kHostNameBytesMax || has_mark(host)) {
      continue;
    }
    const bool is_wildcard = host.starts_with("*.");
    visit(is_wildcard ? place_of(host.substr(1), kBelowHost, route)
                      : place_of(host, kExactHost, route));
  }
}

// The host of an authority without its port.
std::string_view host_of(std::string_view authority) {
  std::size_t end = authority.size();
  while (end > 0 && base::is_digit(authority[end - 1])) {
    --end;
  }
  return end > 0 && authority[end - 1] == ':' ? authority.substr(0, end - 1) : authority;
}

using Cursor = model::RadixMap<RoutesAt>::Cursor;

// The best of `best` and the routes under one host.
const CompiledRoute* best_under(Cursor host, char mark, const wire::RequestHead& head,
                                const CompiledRoute* best) {
  if (!host.step(mark)) {
    return best;
  }
  const auto consider = [&](const RoutesAt& routes) { best = routes.better_than(best, head); };
  Cursor path = host;
  if (path.walk(head.path, consider) && path.step(kPathEnd) && path.value() != nullptr) {
    consider(*path.value());
  }
  if (host.step(kPattern) && host.value() != nullptr) {
    consider(*host.value());
  }
  return best;
}

}  // namespace

RouteIndex::RouteIndex(std::shared_ptr<const model::Snapshot> snapshot)
    : snapshot_(std::move(snapshot)) {
  add_all();
}

RouteIndex::RouteIndex(const RouteIndex& before, std::shared_ptr<const model::Snapshot> snapshot)
    : snapshot_(std::move(snapshot)) {
  const model::SnapshotChanges* changes = snapshot_->changes_since(before.snapshot());
  if (changes == nullptr) {
    add_all();
    return;
  }
  routes_ = before.routes_;
  slots_ = before.slots_;
  for (const auto& [gone, here] : changes->clusters) {
    slots_.put((here != nullptr ? here : gone)->service, here);
  }
  for (const auto& change : changes->routes) {
    if (change.before != nullptr) {
      remove(*change.before);
    }
    if (change.after != nullptr) {
      add(change.after);
    }
  }
}

RouteIndex::~RouteIndex() = default;

// The last comes first: routes at one place then each go to the front of it.
void RouteIndex::add_all() {
  snapshot_->clusters.for_each(
      [this](std::string_view service, const auto& cluster) { slots_.put(service, cluster); });
  std::vector<std::pair<model::RouteOrder, const model::RowPtr<model::Route>*>> all;
  all.reserve(snapshot_->routes.size());
  for (const auto& row : snapshot_->routes) {
    if (row->object.enabled) {
      all.emplace_back(model::order_of(*row), &row);
    }
  }
  std::ranges::sort(all, std::ranges::greater(), [](const auto& each) { return each.first; });
  for (const auto& [order, row] : all) {
    add(*row);
  }
}

void RouteIndex::add(const model::RowPtr<model::Route>& row) {
  const auto& destinations = row->object.destinations;
  const bool has_one = destinations.size() == 1;
  const auto compiled = CompiledRoute::compile(
      row, has_one ? slots_.take(destinations.front().service) : ClusterSlots::Slot{});
  if (compiled == nullptr) {
    return;
  }
  for_each_place(row->object, [&](const std::string& place) {
    const RoutesAt* known = routes_.find(place);
    RoutesAt routes = known != nullptr ? *known : RoutesAt();
    routes.add(compiled);
    routes_.put(place, std::move(routes));
  });
}

void RouteIndex::remove(const model::Row<model::Route>& row) {
  if (row.object.destinations.size() == 1) {
    slots_.give(row.object.destinations.front().service);
  }
  for_each_place(row.object, [&](const std::string& place) {
    const RoutesAt* known = routes_.find(place);
    if (known == nullptr) {
      return;  // it names a host twice, or its pattern is none
    }
    RoutesAt routes = *known;
    routes.remove(model::order_of(row));
    if (routes.empty()) {
      routes_.erase(place);
    } else {
      routes_.put(place, std::move(routes));
    }
  });
}

std::shared_ptr<const model::Cluster> RouteIndex::shared_cluster(std::string_view service) const {
  const auto* found = snapshot_->clusters.find(service);
  return found != nullptr ? *found : nullptr;
}

RouteTarget RouteIndex::target(const CompiledRoute& route, std::size_t destination) const {
  return {.cluster = cluster(route.route().destinations[destination].service),
          .subset = route.subset(destination)};
}

std::optional<RouteMatch> RouteIndex::match(const wire::RequestHead& head) const {
  const std::string_view host = host_of(head.authority);
  const CompiledRoute* best = nullptr;
  Cursor at = routes_.root();
  best = best_under(at, kBelowHost, head, best);
  std::size_t left = host.size();
  while (left > 0 && at.step(base::ascii_lower(host[left - 1]))) {
    --left;
    if (host[left] == '.') {
      best = best_under(at, kBelowHost, head, best);
    }
  }
  if (left == 0) {
    best = best_under(at, kExactHost, head, best);
  }
  if (best == nullptr) {
    return match_service(host, head.path);
  }
  RouteMatch found{.route = best, .strip_bytes = best->strip_bytes()};
  if (const auto slot = best->only_slot()) {
    found.cluster = slots_.at(*slot);
    found.subset = best->subset(0);
  }
  return found;
}

std::optional<RouteMatch> RouteIndex::match_service(std::string_view host,
                                                    std::string_view path) const {
  if (host.size() > kServiceSuffix.size() && host.size() <= kHostNameBytesMax) {
    std::array<char, kHostNameBytesMax> lower;
    std::ranges::transform(host, lower.begin(), base::ascii_lower);
    std::string_view name(lower.data(), host.size());
    if (name.ends_with(kServiceSuffix)) {
      name.remove_suffix(kServiceSuffix.size());
      if (const model::Cluster* found = cluster(name)) {
        return RouteMatch{.cluster = found};
      }
    }
  }
  if (path.starts_with(kServicePath)) {
    const std::size_t end = path.find('/', kServicePath.size());
    const auto name = path.substr(kServicePath.size(), end - kServicePath.size());
    if (const model::Cluster* found = cluster(name)) {
      return RouteMatch{.cluster = found,
                        .strip_bytes = end == std::string_view::npos ? path.size() : end};
    }
  }
  return std::nullopt;
}

}  // namespace weft::proxy
