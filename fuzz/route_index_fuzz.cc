// Routes: the index finds what a walk over all of them finds, whether it was made at once or line
// by line. The input is lines "KIND HOST PATH METHOD FIELD PRIORITY" ('-': none) for a route more,
// "change N" and the same for another route in the place of the Nth, "drop N" for one less; then a
// line "--", then a request head.
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
using Row = model::RowPtr<Route>;

constexpr std::size_t kRoutesMax = 32;
constexpr std::size_t kHostBytesMax = 255;  // no name is longer (RFC 1035 §2.3.4)
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

Route read_route(std::string_view kind, std::string_view line) {
  Route out;
  out.path_match = kind_of(kind);
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
  out.priority = static_cast<std::uint32_t>(base::parse_u64(next_word(line)).value_or(1000));
  out.destinations.push_back({.service = "web"});
  return out;
}

// The routes as they change, with the index made anew from the one before at each change.
class Table final {
 public:
  Table() {
    std::vector<model::Cluster> clusters;
    for (const std::string_view service : kServices) {
      clusters.emplace_back().service = service;
    }
    snapshot_ = model::make_snapshot(std::move(clusters), {});
    index_ = std::make_unique<proxy::RouteIndex>(snapshot_);
  }

  void take(std::string_view line) {
    const std::string word = next_word(line);
    if (word == "drop" || word == "change") {
      const std::uint64_t wanted = base::parse_u64(next_word(line)).value_or(0);
      if (number_ == 0) {
        return;
      }
      const std::string id = std::to_string(1 + wanted % number_);
      const auto before = snapshot_->routes.find_shared(id);
      if (word == "drop") {
        become(before, nullptr);
      } else {
        become(before, row_of(id, next_word(line), line));
      }
      return;
    }
    if (snapshot_->routes.size() < kRoutesMax) {
      ++number_;
      become(nullptr, row_of(std::to_string(number_), word, line));
    }
  }

  const model::Snapshot& snapshot() const { return *snapshot_; }
  const proxy::RouteIndex& index() const { return *index_; }

 private:
  // A route keeps its number and age when another one takes its place.
  static Row row_of(const std::string& id, std::string_view kind, std::string_view line) {
    const auto number = static_cast<std::uint32_t>(base::parse_u64(id).value_or(0));
    Route route = read_route(kind, line);
    route.id = id;
    return std::make_shared<const model::Row<Route>>(
        model::Row<Route>{std::move(route), number, number, number});
  }

  void become(Row before, Row after) {
    if (before == nullptr && after == nullptr) {
      return;
    }
    auto next = std::make_shared<model::Snapshot>();
    next->index = snapshot_->index + 1;
    next->clusters = snapshot_->clusters;
    model::TableMap<Route>::Editor editor(snapshot_->routes);
    if (after != nullptr) {
      editor.put(after);
    } else {
      editor.erase(before->object.id);
    }
    next->routes = editor.freeze();
    next->changes.emplace().since = snapshot_->index;
    next->changes->routes.push_back({std::move(before), std::move(after)});
    snapshot_ = std::move(next);
    index_ = std::make_unique<proxy::RouteIndex>(*index_, snapshot_);
  }

  std::shared_ptr<const model::Snapshot> snapshot_;
  std::unique_ptr<const proxy::RouteIndex> index_;
  std::uint32_t number_ = 0;  // of the newest route
};

Table read_table(std::string_view& input) {
  Table table;
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    if (line == "--") {
      break;
    }
    table.take(line);
  }
  return table;
}

std::string host_of(std::string_view authority) {
  const bool has_port = authority.rfind(':') != std::string_view::npos &&
                        !(authority.ends_with(']') && authority.starts_with('['));
  return base::to_lower(authority.substr(0, has_port ? authority.rfind(':') : authority.size()));
}

bool host_fits(const Route& route, const std::string& host) {
  return route.hosts.empty() || std::ranges::any_of(route.hosts, [&](const std::string& pattern) {
           const std::string plain = base::to_lower(pattern);
           if (plain.size() > kHostBytesMax) {
             return false;
           }
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

const Route* route_of(const proxy::RouteMatch& match) {
  return match.route != nullptr ? &match.route->route() : nullptr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static wire::RequestHead head;
  std::string_view input = fuzz::as_text(data, size);
  const Table table = read_table(input);
  const std::string text = std::string(input) + "\r\n\r\n";
  const auto parsed = wire::parse_request_head(text, {}, head);
  if (!parsed || *parsed == 0) {
    return 0;
  }
  const auto found = table.index().match(head);
  auto at_once = std::make_shared<model::Snapshot>(table.snapshot());
  at_once->changes.reset();
  const proxy::RouteIndex index_at_once(at_once);
  const auto found_at_once = index_at_once.match(head);
  WEFT_ASSERT(found.has_value() == found_at_once.has_value());
  WEFT_ASSERT(!found || (route_of(*found) == route_of(*found_at_once) &&
                         found->cluster == found_at_once->cluster &&
                         found->strip_bytes == found_at_once->strip_bytes));
  const std::string host = host_of(head.authority);
  const model::Row<Route>* wanted = nullptr;
  for (const Row& row : table.snapshot().routes) {
    if (host_fits(row->object, host) && path_fits(row->object, head.path) &&
        rest_fits(row->object, head) &&
        (wanted == nullptr || model::order_of(*row) < model::order_of(*wanted))) {
      wanted = row.get();
    }
  }
  if (wanted != nullptr) {
    WEFT_ASSERT(found && route_of(*found) == &wanted->object);
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
