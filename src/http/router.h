// Method and path -> handler. Fixed parts win over {parameters}, those over {rest...}.
#pragma once

#include "http/face_style.h"
#include "http/route.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::http {

// A route with the family it belongs to.
struct RouteEntry {
  Route route;
  const FaceStyle* style = nullptr;
};

// What a path leads to.
struct RouteMatch {
  const RouteEntry* entry = nullptr;  // null: see `allowed`
  PathParameters parameters = {};
  std::string allowed = {};  // "GET, HEAD, POST" when only the method is wrong, else empty
  bool is_bad_path = false;  // a broken escape or text that is not UTF-8
};

// Thread: any once it is filled (immutable then). Lifetime: outlives the servers that use it; the
// styles outlive it.
class Router final {
 public:
  // `fallback` speaks where no family does.
  explicit Router(const FaceStyle& fallback);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  ~Router();

  // Paths that begin with `prefix` and have no route are refused in this style; the longest wins.
  void set_style(std::string prefix, const FaceStyle& style);
  // Method and path must be new.
  void add(const FaceStyle& style, Route route);

  // GET answers HEAD where there is no route for HEAD.
  RouteMatch match(wire::Method method, std::string_view path) const;
  const FaceStyle& style_for(std::string_view path) const;

  // In the order in which they were added.
  const std::deque<RouteEntry>& routes() const { return routes_; }

 private:
  struct Node;
  struct Walk;

  static const RouteEntry* descend(const Node& node, std::size_t at, Walk& walk);

  const FaceStyle& fallback_;
  std::map<std::string, const FaceStyle*, std::less<>> styles_;
  std::unique_ptr<Node> root_;
  std::deque<RouteEntry> routes_;  // nodes point into it
};

}  // namespace weft::http
