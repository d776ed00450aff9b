// Routes: the index finds what a walk over all of them finds. The input is lines "KIND HOST PATH
// METHOD FIELD" ('-': none), then a line "--", then a request head.
#include "base/text.h"
#include "fuzz.h"
#include "proxy/route_index.h"

#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <string>

namespace {

using namespace weft;
using model::PathMatch;
using model::Route;

constexpr std::size_t kRoutesMax = 32;
constexpr std::string_view kServices[] = {"web", "a", "b.c"};

PathMatch kind_of(std::string_view text) {
  return text == "regex"   ? PathMatch::kRegex
         : text == "exact" ? PathMatch::kExact
                           : PathMatch::kPrefix;
}

std::string next_word(std::string_view& line) {
  const std::size_t space = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, space);
  line.remove_prefix(std::min(space + 1, line.size()));
  return std::string(word == "-" ? std::string_view() : word);
}

Route read_route(std::string_view line) {
  Route out;
  out.path_match = kind_of(next_word(line));
  if (std::string host = next_word(line); !host.empty()) {
    out.hosts.push_back(std::move(host));
  }
  out.path = next_word(line);
  if (std::string method = next_word(line); !method.empty()) {
    out.methods.push_back(std::move(method));
  }
  if (std::string field = next_word(line); !field.empty()) {
    out.headers.push_back({.name = std::move(field)});
  }
  out.destinations.push_back({.service = "web"});
  return out;
}

std::shared_ptr<model::Snapshot> read_snapshot(std::string_view& input) {
  auto out = std::make_shared<model::Snapshot>();
  for (const std::string_view service : kServices) {
    auto cluster = std::make_shared<model::Cluster>();
    cluster->service = service;
    out->clusters.push_back(std::move(cluster));
  }
  while (!input.empty() && out->routes.size() < kRoutesMax) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    if (line == "--") {
      break;
    }
    auto entry = std::make_shared<model::RouteEntry>();
    entry->route = read_route(line);
    out->routes.push_back(std::move(entry));
  }
  return out;
}

std::string host_of(std::string_view authority) {
  const bool has_port = authority.rfind(':') != std::string_view::npos &&
                        !(authority.ends_with(']') && authority.starts_with('['));
  return base::to_lower(authority.substr(0, has_port ? authority.rfind(':') : authority.size()));
}

bool host_fits(const Route& route, const std::string& host) {
  return route.hosts.empty() || std::ranges::any_of(route.hosts, [&](const std::string& pattern) {
           const std::string plain = base::to_lower(pattern);
           return plain.starts_with("*.") ? host.ends_with(plain.substr(1)) : host == plain;
         });
}

bool path_fits(const Route& route, std::string_view path) {
  switch (route.path_match) {
    case PathMatch::kExact:
      return path == route.path;
    case PathMatch::kPrefix:
      return path.starts_with(route.path);
    case PathMatch::kRegex:
      break;
  }
  const RE2 regex(route.path, RE2::Quiet);
  re2::StringPiece rest(path.data(), path.size());
  return regex.ok() && RE2::Consume(&rest, regex);
}

bool rest_fits(const Route& route, const wire::RequestHead& head) {
  const bool method_fits = route.methods.empty() || route.methods.front() == head.method_text;
  return method_fits && (route.headers.empty() ||
                         std::ranges::any_of(head.headers, [&](const wire::Header& header) {
                           return base::iequals(header.name, route.headers.front().name);
                         }));
}

// The service a name stands for, when no route takes the request.
std::string own_service(const std::string& host, std::string_view path) {
  for (const std::string_view service : kServices) {
    const std::string name(service);
    if (host == name + ".service.weft") {
      return name;
    }
  }
  for (const std::string_view service : kServices) {
    const std::string prefix = "/svc/" + std::string(service);
    if (path == prefix || path.starts_with(prefix + "/")) {
      return std::string(service);
    }
  }
  return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static wire::RequestHead head;
  std::string_view input = fuzz::as_text(data, size);
  const auto snapshot = read_snapshot(input);
  const std::string text = std::string(input) + "\r\n\r\n";
  const auto parsed = wire::parse_request_head(text, {}, head);
  if (!parsed || *parsed == 0) {
    return 0;
  }
  const proxy::RouteIndex index(snapshot);
  const auto found = index.match(head);
  const std::string host = host_of(head.authority);
  const auto wanted = std::ranges::find_if(snapshot->routes, [&](const auto& entry) {
    return host_fits(entry->route, host) && path_fits(entry->route, head.path) &&
           rest_fits(entry->route, head);
  });
  if (wanted != snapshot->routes.end()) {
    WEFT_ASSERT(found && found->route == wanted->get());
    return 0;
  }
  const std::string service = own_service(host, head.path);
  WEFT_ASSERT(found.has_value() == !service.empty());
  if (found) {
    WEFT_ASSERT(found->route == nullptr && found->cluster->service == service);
    WEFT_ASSERT(found->strip_bytes <= head.path.size());
  }
  return 0;
}
