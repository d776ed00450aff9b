// Route tables to measure with: how the routes of a large table may look.
#pragma once

#include "model/route.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::bench {

enum class Shape : std::uint8_t {
  kHosts,      // a host each, and a prefix
  kWildcards,  // everything below a host each
  kPaths,      // a prefix each on one host
  kAnyHost,    // a prefix each, whatever the host
};

inline constexpr std::array<std::string_view, 4> kShapeNames{"hosts", "wildcards", "paths",
                                                             "any_host"};

inline std::optional<Shape> parse_shape(std::string_view name) {
  for (std::size_t i = 0; i < kShapeNames.size(); ++i) {
    if (kShapeNames[i] == name) {
      return static_cast<Shape>(i);
    }
  }
  return std::nullopt;
}

inline std::string service_name(std::size_t number) { return fmt::format("service-{:05}", number); }

// The route `number` of a table, to one service.
inline model::Route make_route(Shape shape, std::size_t number, const std::string& service) {
  model::Route route;
  route.id = fmt::format("route-{:06}", number);
  switch (shape) {
    case Shape::kHosts:
      route.hosts = {fmt::format("site-{:06}.example.com", number)};
      route.path = "/api/";
      break;
    case Shape::kWildcards:
      route.hosts = {fmt::format("*.site-{:06}.example.com", number)};
      break;
    case Shape::kPaths:
      route.hosts = {"api.example.com"};
      route.path = fmt::format("/v1/area-{:06}/", number);
      break;
    case Shape::kAnyHost:
      route.path = fmt::format("/v1/area-{:06}/", number);
      break;
  }
  route.destinations.push_back({.service = service});
  return route;
}

// What a client asks for that goes by that route.
struct Question {
  std::string host;
  std::string path;
};

inline Question question_for(Shape shape, std::size_t number) {
  switch (shape) {
    case Shape::kHosts:
      return {fmt::format("site-{:06}.example.com", number), "/api/items/7"};
    case Shape::kWildcards:
      return {fmt::format("www.site-{:06}.example.com", number), "/items/7"};
    case Shape::kPaths:
    case Shape::kAnyHost:
      break;
  }
  return {"api.example.com", fmt::format("/v1/area-{:06}/items/7", number)};
}

}  // namespace weft::bench
