#include "proxy/route_index.h"

#include "base/text.h"
#include "wire/cookie.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace weft::proxy {
namespace {

constexpr std::string_view kServiceSuffix = ".service.weft";
constexpr std::string_view kServicePath = "/svc/";
constexpr std::size_t kHostNameBytesMax = 255;  // RFC 1035 §2.3.4

// The host of an authority, lower case, without port, in `storage`.
std::string_view host_of(std::string_view authority, std::array<char, kHostNameBytesMax>& storage) {
  const std::size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    authority = authority.substr(0, colon);
  }
  const std::size_t bytes = std::min(authority.size(), storage.size());
  for (std::size_t i = 0; i < bytes; ++i) {
    storage[i] = base::ascii_lower(authority[i]);
  }
  return {storage.data(), bytes};
}

bool header_holds(const model::HeaderMatch& wanted, const wire::RequestHead& head) {
  for (const wire::Header& header : head.headers) {
    if (base::iequals(header.name, wanted.name) &&
        (!wanted.value || header.value == *wanted.value)) {
      return true;
    }
  }
  return false;
}

bool cookie_holds(const model::HeaderMatch& wanted, const wire::RequestHead& head) {
  const auto found = wire::find_cookie(head.headers, wanted.name);
  return found && (!wanted.value || *found == *wanted.value);
}

}  // namespace

// A route with what compiling adds: its place in the order, its regex.
struct RouteIndex::Compiled {
  const model::RouteEntry* entry;
  std::size_t rank;
  std::unique_ptr<RE2> regex;
  RouteTarget target;  // of a route with one destination
  std::unique_ptr<const CompiledPolicies> policies;

  bool conditions_hold(const wire::RequestHead& head) const {
    const model::Route& route = entry->route;
    const bool method_fits =
        route.methods.empty() || std::find(route.methods.begin(), route.methods.end(),
                                           head.method_text) != route.methods.end();
    return method_fits &&
           std::all_of(
               route.headers.begin(), route.headers.end(),
               [&](const model::HeaderMatch& wanted) { return header_holds(wanted, head); }) &&
           std::all_of(
               route.cookies.begin(), route.cookies.end(),
               [&](const model::HeaderMatch& wanted) { return cookie_holds(wanted, head); });
  }
};

// The routes of one host pattern by the shape of their path. Lists ascend by rank.
struct RouteIndex::Bucket {
  TextMap<std::vector<const Compiled*>> exact;
  TextMap<std::vector<const Compiled*>> prefix;
  std::vector<std::size_t> prefix_lengths;
  std::vector<const Compiled*> regex;
};

RouteIndex::RouteIndex(std::shared_ptr<const model::Snapshot> snapshot)
    : snapshot_(std::move(snapshot)), any_host_(std::make_unique<Bucket>()) {
  for (const auto& cluster : snapshot_->clusters) {
    clusters_.emplace(cluster->service, cluster.get());
  }
  for (const auto& entry : snapshot_->routes) {
    add(*entry);
  }
}

RouteIndex::~RouteIndex() = default;

const model::Cluster* RouteIndex::cluster(std::string_view service) const {
  const auto found = clusters_.find(service);
  return found == clusters_.end() ? nullptr : found->second;
}

RouteTarget RouteIndex::target(const model::Destination& destination) const {
  RouteTarget target{.cluster = cluster(destination.service)};
  if (destination.subset) {
    target.subset = &subsets_.at(&destination);
  }
  return target;
}

void RouteIndex::add_subsets(const model::Route& route) {
  for (const model::Destination& destination : route.destinations) {
    if (const auto& subset = destination.subset) {
      subsets_.emplace(&destination, model::make_labels(subset->version, subset->tags));
    }
  }
}

void RouteIndex::add(const model::RouteEntry& entry) {
  const model::Route& route = entry.route;
  auto compiled =
      std::make_unique<Compiled>(Compiled{&entry, routes_.size(), nullptr, {}, nullptr});
  if (route.path_match == model::PathMatch::kRegex) {
    compiled->regex = std::make_unique<RE2>(route.path, RE2::Quiet);
    if (!compiled->regex->ok()) {
      return;  // validation refuses these; one that got in another way matches nothing
    }
  }
  if (route.policies) {
    compiled->policies = std::make_unique<CompiledPolicies>(*route.policies);
  }
  add_subsets(route);
  if (route.destinations.size() == 1) {
    compiled->target = target(route.destinations.front());
  }
  const Compiled* kept = routes_.emplace_back(std::move(compiled)).get();
  const auto put = [&](Bucket& bucket) {
    switch (route.path_match) {
      case model::PathMatch::kExact:
        bucket.exact[route.path].push_back(kept);
        break;
      case model::PathMatch::kPrefix: {
        bucket.prefix[route.path].push_back(kept);
        auto& lengths = bucket.prefix_lengths;
        if (std::find(lengths.begin(), lengths.end(), route.path.size()) == lengths.end()) {
          lengths.push_back(route.path.size());
        }
        break;
      }
      case model::PathMatch::kRegex:
        bucket.regex.push_back(kept);
        break;
    }
  };
  if (route.hosts.empty()) {
    put(*any_host_);
  }
  for (const std::string& host : route.hosts) {
    put(bucket_for(base::to_lower(host)));
  }
}

RouteIndex::Bucket& RouteIndex::bucket_for(const std::string& host) {
  const bool wildcard = host.starts_with("*.");
  auto& map = wildcard ? by_host_suffix_ : by_host_;
  auto& bucket = map[wildcard ? host.substr(1) : host];
  if (!bucket) {
    bucket = std::make_unique<Bucket>();
  }
  return *bucket;
}

const RouteIndex::Compiled* RouteIndex::best_in(const Bucket& bucket, const wire::RequestHead& head,
                                                const Compiled* best) const {
  const auto consider = [&](const std::vector<const Compiled*>& list) {
    for (const Compiled* route : list) {
      if (best != nullptr && route->rank >= best->rank) {
        return;
      }
      if (route->conditions_hold(head)) {
        best = route;
        return;
      }
    }
  };
  if (const auto found = bucket.exact.find(head.path); found != bucket.exact.end()) {
    consider(found->second);
  }
  for (const std::size_t length : bucket.prefix_lengths) {
    if (length > head.path.size()) {
      continue;
    }
    if (const auto found = bucket.prefix.find(head.path.substr(0, length));
        found != bucket.prefix.end()) {
      consider(found->second);
    }
  }
  for (const Compiled* route : bucket.regex) {
    if (best != nullptr && route->rank >= best->rank) {
      break;
    }
    const re2::StringPiece path(head.path.data(), head.path.size());
    if (route->regex->Match(path, 0, path.size(), RE2::ANCHOR_START, nullptr, 0) &&
        route->conditions_hold(head)) {
      best = route;
      break;
    }
  }
  return best;
}

std::optional<RouteMatch> RouteIndex::match(const wire::RequestHead& head) const {
  std::array<char, kHostNameBytesMax> storage;
  const std::string_view host = host_of(head.authority, storage);
  const Compiled* best = nullptr;
  if (!routes_.empty()) {
    if (const auto found = by_host_.find(host); found != by_host_.end()) {
      best = best_in(*found->second, head, best);
    }
    if (!by_host_suffix_.empty()) {
      for (std::size_t dot = host.find('.'); dot != std::string_view::npos;
           dot = host.find('.', dot + 1)) {
        const auto found = by_host_suffix_.find(host.substr(dot));
        if (found != by_host_suffix_.end()) {
          best = best_in(*found->second, head, best);
        }
      }
    }
    best = best_in(*any_host_, head, best);
  }
  if (best == nullptr) {
    return match_service(host, head.path);
  }
  const model::Route& route = best->entry->route;
  const bool strips = route.strip_prefix && route.path_match == model::PathMatch::kPrefix;
  return RouteMatch{best->entry, best->target.cluster, strips ? route.path.size() : 0,
                    best->target.subset, best->policies.get()};
}

std::optional<RouteMatch> RouteIndex::match_service(std::string_view host,
                                                    std::string_view path) const {
  if (host.ends_with(kServiceSuffix)) {
    const auto name = host.substr(0, host.size() - kServiceSuffix.size());
    if (const model::Cluster* found = cluster(name)) {
      return RouteMatch{nullptr, found, 0, nullptr, nullptr};
    }
  }
  if (path.starts_with(kServicePath)) {
    const std::size_t end = path.find('/', kServicePath.size());
    const auto name = path.substr(kServicePath.size(), end - kServicePath.size());
    if (const model::Cluster* found = cluster(name)) {
      return RouteMatch{nullptr, found, end == std::string_view::npos ? path.size() : end, nullptr,
                        nullptr};
    }
  }
  return std::nullopt;
}

}  // namespace weft::proxy
