// The whole way of a route: changes of the registry -> snapshot -> index, made again and again from
// what came before. Whatever the history, the result is that of one made at once.
#include "base/random.h"
#include "base/text.h"
#include "proxy/compile.h"
#include "proxy/route_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::proxy {
namespace {

using model::Route;
using RouteRow = model::RowPtr<Route>;

constexpr std::array kHostPatterns = {"a.example", "b.example", "*.example", "*.b.example", "*."};
constexpr std::array kRequestHosts = {"a.example", "B.example:80", "x.b.example", "example", "z."};
constexpr std::array kRoutePaths = {"/", "/api", "/api/", "/api/v1", "/ap", "/x"};
constexpr std::array kRequestPaths = {"/", "/api", "/api/v1/x", "/apix", "/x", "/svc/s1/y", "/y7"};
constexpr std::array kServiceNames = {"s0", "s1", "s2"};

// The registry that changes, as far as the data plane looks at it.
class Registry final {
 public:
  explicit Registry(SnapshotCompiler& compiler) : compiler_(compiler) {}

  template <class T>
  void put(const std::string& key, T object) {
    auto& rows = std::get<std::map<std::string, model::RowPtr<T>>>(rows_);
    model::RowPtr<T>& here = rows[key];
    ++index_;
    model::Row<T> row{std::move(object), index_, index_, 0};
    if (here != nullptr) {
      row.created_index = here->created_index;
      row.number = here->number;
    } else {
      row.number = ++number_;
    }
    auto after = std::make_shared<const model::Row<T>>(std::move(row));
    note(std::exchange(here, after), after);
  }

  template <class T>
  void erase(const std::string& key) {
    auto& rows = std::get<std::map<std::string, model::RowPtr<T>>>(rows_);
    const auto found = rows.find(key);
    if (found != rows.end()) {
      ++index_;
      note(found->second, model::RowPtr<T>());
      rows.erase(found);
    }
  }

  model::View view() const {
    model::Tables tables;
    fill<model::Service>(tables);
    fill<model::Instance>(tables);
    fill<Route>(tables);
    model::ShardedMapEditor<model::Row<model::Instance>, model::ByService> by_service;
    for (const auto& [key, row] : std::get<1>(rows_)) {
      by_service.put(row);
    }
    tables.instances_by_service = by_service.freeze();
    return {index_, std::move(tables)};
  }

 private:
  template <class T>
  void note(const model::RowPtr<T>& before, const model::RowPtr<T>& after) {
    model::Change change;
    change.index = index_;
    if (before != nullptr) {
      change.before = before;
    }
    if (after != nullptr) {
      change.after = after;
    }
    compiler_.note(change);
  }

  template <class T>
  void fill(model::Tables& tables) const {
    typename model::TableMap<T>::Editor editor;
    for (const auto& [key, row] : std::get<std::map<std::string, model::RowPtr<T>>>(rows_)) {
      editor.put(row);
    }
    std::get<model::TableMap<T>>(tables.by_key) = editor.freeze();
  }

  SnapshotCompiler& compiler_;
  std::uint64_t index_ = 0;
  std::uint32_t number_ = 0;
  std::tuple<std::map<std::string, model::RowPtr<model::Service>>,
             std::map<std::string, model::RowPtr<model::Instance>>, std::map<std::string, RouteRow>>
      rows_;
};

template <class List>
auto one_of(const List& list, base::Random& random) {
  return list[random.below(list.size())];
}

Route random_route(std::string id, base::Random& random) {
  Route route;
  route.id = std::move(id);
  for (std::uint64_t hosts = random.below(3); hosts > 0; --hosts) {
    route.hosts.emplace_back(one_of(kHostPatterns, random));
  }
  route.path = one_of(kRoutePaths, random);
  route.path_match = static_cast<model::PathMatch>(random.below(3));
  if (route.path_match == model::PathMatch::kRegex) {
    route.path = random.below(2) == 0 ? "/y[0-9]" : "/a.*";
  }
  if (random.below(4) == 0) {
    route.methods = {"POST"};
  }
  route.priority = static_cast<std::uint32_t>(random.below(3));
  route.enabled = random.below(8) != 0;
  route.strip_prefix = random.below(2) == 0;
  for (std::uint64_t destinations = 1 + random.below(2); destinations > 0; --destinations) {
    route.destinations.push_back({.service = one_of(kServiceNames, random)});
  }
  if (random.below(4) == 0) {
    route.destinations.front().subset = model::Subset{.version = "2"};
  }
  return route;
}

void change_something(Registry& registry, base::Random& random) {
  const std::string number = std::to_string(random.below(12));
  const std::string service = one_of(kServiceNames, random);
  switch (random.below(6)) {
    case 0:
      registry.put("i" + number,
                   model::Instance{.id = "i" + number,
                                   .service = service,
                                   .address = "10.0.0.1",
                                   .port = 1 + static_cast<std::uint32_t>(random.below(2))});
      break;
    case 1:
      registry.erase<model::Instance>("i" + number);
      break;
    case 2:
      registry.put(service, model::Service{.name = service});
      break;
    case 3:
      if (random.below(4) == 0) {
        registry.erase<model::Service>(service);
      }
      break;
    case 4:
      registry.put("r" + number, random_route("r" + number, random));
      break;
    default:
      if (random.below(2) == 0) {
        registry.erase<Route>("r" + number);
      }
      break;
  }
}

std::map<std::string, model::Cluster> clusters_in(const model::Snapshot& snapshot) {
  std::map<std::string, model::Cluster> all;
  snapshot.clusters.for_each(
      [&](std::string_view service, const auto& cluster) { all.emplace(service, *cluster); });
  return all;
}

std::vector<RouteRow> routes_in(const model::Snapshot& snapshot) {
  return {snapshot.routes.begin(), snapshot.routes.end()};
}

std::string describe(const std::optional<RouteMatch>& match) {
  if (!match) {
    return "nobody";
  }
  return (match->route != nullptr ? match->route->route().id : "-") + " to " +
         (match->cluster != nullptr ? match->cluster->service : "-") + " without " +
         std::to_string(match->strip_bytes) + (match->subset != nullptr ? " in part" : "");
}

bool takes(const Route& route, std::string_view host, const wire::RequestHead& head) {
  const std::string_view path = head.path;
  const bool host_fits =
      route.hosts.empty() || std::ranges::any_of(route.hosts, [&](const std::string& pattern) {
        return pattern.starts_with("*.") ? host.ends_with(pattern.substr(1)) : host == pattern;
      });
  const bool path_fits = route.path_match == model::PathMatch::kExact ? path == route.path
                         : route.path_match == model::PathMatch::kPrefix
                             ? path.starts_with(route.path)
                         : route.path == "/a.*" ? path.starts_with("/a")
                                                : path == "/y7";
  return route.enabled && host_fits && path_fits &&
         (route.methods.empty() || route.methods.front() == head.method_text);
}

// The route that a walk over all of them finds.
const Route* route_by_walk(const model::Snapshot& snapshot, std::string_view host,
                           const wire::RequestHead& head) {
  const model::Row<Route>* best = nullptr;
  for (const RouteRow& row : snapshot.routes) {
    if (takes(row->object, host, head) &&
        (best == nullptr || model::order_of(*row) < model::order_of(*best))) {
      best = row.get();
    }
  }
  return best != nullptr ? &best->object : nullptr;
}

void expect_same_match(const RouteIndex& grown, const RouteIndex& fresh, const std::string& text,
                       std::string_view host) {
  wire::RequestHead head;
  ASSERT_TRUE(wire::parse_request_head(text, {}, head));
  const auto found = grown.match(head);
  EXPECT_EQ(describe(found), describe(fresh.match(head))) << text;
  if (found && found->cluster != nullptr) {
    EXPECT_EQ(found->cluster, grown.cluster(found->cluster->service)) << "not the newest";
  }
  const Route* wanted = route_by_walk(grown.snapshot(), host, head);
  const Route* got = found && found->route != nullptr ? &found->route->route() : nullptr;
  EXPECT_EQ(got, wanted) << text;
}

void expect_same_matches(const RouteIndex& grown, const RouteIndex& fresh) {
  for (const char* method : {"GET", "POST"}) {
    for (const char* host : kRequestHosts) {
      for (const char* path : kRequestPaths) {
        const std::string name = base::to_lower(host);
        expect_same_match(
            grown, fresh,
            std::string(method) + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
            name.substr(0, name.find(':')));
      }
    }
  }
}

// Empty when it says none.
model::SnapshotChanges changes_in(const model::Snapshot& snapshot) {
  return snapshot.changes.value_or(model::SnapshotChanges());
}

TEST(RouteTable, AnyHistoryOfChangesEndsInTheSnapshotAndIndexOfOneMadeAtOnce) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    base::Random random(seed);
    SnapshotCompiler compiler({}, "");
    Registry registry(compiler);
    auto index = std::make_shared<const RouteIndex>(compiler.compile_all(registry.view()));
    for (int round = 0; round < 40; ++round) {
      for (std::uint64_t changes = 1 + random.below(5); changes > 0; --changes) {
        change_something(registry, random);
      }
      const model::View view = registry.view();
      const auto snapshot = compiler.compile(view);
      ASSERT_NE(snapshot->changes_since(index->snapshot()), nullptr);
      index = std::make_shared<const RouteIndex>(*index, snapshot);
      SnapshotCompiler other({}, "");
      const RouteIndex fresh(other.compile_all(view));
      EXPECT_EQ(snapshot->index, fresh.snapshot().index);
      EXPECT_EQ(clusters_in(*snapshot), clusters_in(fresh.snapshot()));
      EXPECT_EQ(routes_in(*snapshot), routes_in(fresh.snapshot()));
      expect_same_matches(*index, fresh);
      if (HasFailure()) {
        return;
      }
    }
  }
}

TEST(RouteTable, WhatDidNotChangeIsSharedAndWhatChangedIsNamed) {
  SnapshotCompiler compiler({}, "");
  Registry registry(compiler);
  base::Random random(1);
  for (const char* service : kServiceNames) {
    registry.put(service, model::Service{.name = service});
  }
  registry.put("i1",
               model::Instance{.id = "i1", .service = "s1", .address = "10.0.0.1", .port = 1});
  registry.put("r1", random_route("r1", random));
  const auto before = compiler.compile_all(registry.view());
  compiler.compile(registry.view());
  EXPECT_EQ(before->changes_since(*before), nullptr) << "one that was made at once says nothing";

  registry.put("i1",
               model::Instance{.id = "i1", .service = "s1", .address = "10.0.0.1", .port = 2});
  const auto moved = compiler.compile(registry.view());
  const model::SnapshotChanges of_move = changes_in(*moved);
  ASSERT_EQ(of_move.clusters.size(), 1U);
  EXPECT_EQ(of_move.clusters[0].before.get(), before->find_cluster("s1"));
  EXPECT_EQ(of_move.clusters[0].after.get(), moved->find_cluster("s1"));
  EXPECT_EQ(moved->find_cluster("s0"), before->find_cluster("s0"));
  EXPECT_TRUE(of_move.routes.empty());

  Route off = random_route("r1", random);
  off.enabled = false;
  registry.put("r1", std::move(off));
  const model::SnapshotChanges of_disabling = changes_in(*compiler.compile(registry.view()));
  EXPECT_TRUE(of_disabling.clusters.empty());
  ASSERT_EQ(of_disabling.routes.size(), 1U);
  EXPECT_EQ(of_disabling.routes[0].after, nullptr) << "who is not enabled is not there";
  registry.erase<Route>("r1");
  EXPECT_TRUE(changes_in(*compiler.compile(registry.view())).routes.empty());
}

// Headers that decide between routes of one host and path: a list of its own, in order.
TEST(RouteTable, RoutesOfOnePlaceKeepTheirOrderWhileSomeComeAndGo) {
  SnapshotCompiler compiler({}, "");
  Registry registry(compiler);
  auto index = std::make_shared<const RouteIndex>(compiler.compile_all(registry.view()));
  const auto follow = [&] {
    index = std::make_shared<const RouteIndex>(*index, compiler.compile(registry.view()));
  };
  const auto put = [&](const std::string& id, std::uint32_t priority) {
    Route route;
    route.id = id;
    route.priority = priority;
    route.headers = {{.name = "X-" + id}};
    route.destinations = {{.service = "s0"}};
    registry.put(id, std::move(route));
    follow();
  };
  wire::RequestHead head;
  const std::string text = "GET / HTTP/1.1\r\nHost: h\r\nX-a: 1\r\nX-b: 1\r\nX-c: 1\r\n\r\n";
  ASSERT_TRUE(wire::parse_request_head(text, {}, head));
  const auto matched = [&] {
    const auto found = index->match(head);
    return found ? found->route->route().id : "-";
  };
  put("b", 5);
  put("d", 1);
  put("c", 7);
  EXPECT_EQ(matched(), "b") << "d asks for a field that is not there";
  put("a", 4);
  EXPECT_EQ(matched(), "a");
  put("a", 9);
  EXPECT_EQ(matched(), "b");
  registry.erase<Route>("b");
  follow();
  EXPECT_EQ(matched(), "c");
  registry.erase<Route>("c");
  registry.erase<Route>("d");
  follow();
  EXPECT_EQ(matched(), "a");
  registry.erase<Route>("a");
  follow();
  EXPECT_EQ(matched(), "-");
}

TEST(RouteTable, ARouteThatNamesAHostTwiceLeavesWhole) {
  SnapshotCompiler compiler({}, "");
  Registry registry(compiler);
  Route route;
  route.id = "r";
  route.hosts = {"a.example", "A.example"};
  route.destinations = {{.service = "s0"}};
  registry.put("r", std::move(route));
  const RouteIndex full(compiler.compile_all(registry.view()));
  registry.erase<Route>("r");
  const RouteIndex empty(full, compiler.compile(registry.view()));
  wire::RequestHead head;
  const std::string text = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
  ASSERT_TRUE(wire::parse_request_head(text, {}, head));
  EXPECT_TRUE(full.match(head));
  EXPECT_FALSE(empty.match(head));
}

}  // namespace
}  // namespace weft::proxy
