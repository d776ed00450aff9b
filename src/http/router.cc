#include "http/router.h"

#include "base/check.h"
#include "base/text.h"

#include <set>

namespace weft::http {

// One step of the way; the path ends here when `by_method` is not empty.
struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> fixed;
  std::unique_ptr<Node> parameter;
  std::unique_ptr<Node> rest;
  std::map<wire::Method, const RouteEntry*> by_method;
};

// A request on its way down the tree.
struct Router::Walk {
  wire::Method method = wire::Method::kOther;
  std::vector<std::string> parts = {};        // of the path, decoded
  std::vector<std::string> captured = {};     // values of parameters, in order
  std::set<wire::Method> other_methods = {};  // of ends that do not take this one

  const RouteEntry* route_at(const Node& end);
};

namespace {

// "/a//b/" -> "a", "", "b", "". The first character is the slash that every path has.
std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  path.remove_prefix(1);
  for (;;) {
    const std::size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) {
      return parts;
    }
    path.remove_prefix(slash + 1);
  }
}

bool is_parameter(std::string_view part) { return part.starts_with('{') && part.ends_with('}'); }

bool is_rest(std::string_view part) { return part.starts_with('{') && part.ends_with("...}"); }

// "{id}" -> "id", "{key...}" -> "key".
std::string_view parameter_name(std::string_view part) {
  return part.substr(1, part.size() - (is_rest(part) ? 5 : 2));
}

std::optional<std::vector<std::string>> decoded_parts(std::string_view path) {
  std::vector<std::string> decoded;
  for (const std::string_view part : parts_of(path)) {
    auto text = base::percent_decode(part);
    if (!text || !base::is_utf8(*text) || text->find('\0') != std::string::npos) {
      return std::nullopt;
    }
    decoded.push_back(*std::move(text));
  }
  return decoded;
}

std::string joined_from(const std::vector<std::string>& parts, std::size_t at) {
  std::string text;
  for (std::size_t i = at; i < parts.size(); ++i) {
    text += i == at ? "" : "/";
    text += parts[i];
  }
  return text;
}

PathParameters name_values(std::string_view path, const std::vector<std::string>& values) {
  PathParameters parameters;
  std::size_t at = 0;
  for (const std::string_view part : parts_of(path)) {
    if (is_parameter(part)) {
      parameters.emplace(parameter_name(part), values[at++]);
    }
  }
  return parameters;
}

std::string list_methods(const std::set<wire::Method>& methods) {
  std::string text;
  for (const wire::Method method : methods) {
    text += text.empty() ? "" : ", ";
    text += wire::method_name(method);
  }
  return text;
}

}  // namespace

Router::Router(const FaceStyle& fallback) : fallback_(fallback), root_(std::make_unique<Node>()) {}

Router::~Router() = default;

void Router::set_style(std::string prefix, const FaceStyle& style) {
  styles_[std::move(prefix)] = &style;
}

void Router::add(const FaceStyle& style, Route route) {
  WEFT_ASSERT(route.path.starts_with('/'));
  WEFT_ASSERT(route.method != wire::Method::kOther);
  const RouteEntry& entry = routes_.emplace_back(RouteEntry{std::move(route), &style});
  Node* node = root_.get();
  for (const std::string_view part : parts_of(entry.route.path)) {
    std::unique_ptr<Node>& next = is_rest(part)        ? node->rest
                                  : is_parameter(part) ? node->parameter
                                                       : node->fixed[std::string(part)];
    if (next == nullptr) {
      next = std::make_unique<Node>();
    }
    node = next.get();
  }
  const bool is_new = node->by_method.emplace(entry.route.method, &entry).second;
  WEFT_ASSERT(is_new);
}

// The route of a path that ends here, for the method asked; others are noted for Allow.
const RouteEntry* Router::Walk::route_at(const Node& end) {
  const auto asked = end.by_method.find(method);
  if (asked != end.by_method.end()) {
    return asked->second;
  }
  const auto get = end.by_method.find(wire::Method::kGet);
  if (get != end.by_method.end()) {
    if (method == wire::Method::kHead) {
      return get->second;
    }
    other_methods.insert(wire::Method::kHead);
  }
  for (const auto& [other, entry] : end.by_method) {
    other_methods.insert(other);
  }
  return nullptr;
}

// Depth is bounded by the longest template, not by the path.
const RouteEntry* Router::descend(const Node& node, std::size_t at, Walk& walk) {
  if (at == walk.parts.size()) {
    return walk.route_at(node);
  }
  const std::string& part = walk.parts[at];
  if (const auto fixed = node.fixed.find(part); fixed != node.fixed.end()) {
    if (const RouteEntry* entry = descend(*fixed->second, at + 1, walk)) {
      return entry;
    }
  }
  if (node.parameter != nullptr && !part.empty()) {
    walk.captured.push_back(part);
    if (const RouteEntry* entry = descend(*node.parameter, at + 1, walk)) {
      return entry;
    }
    walk.captured.pop_back();
  }
  if (node.rest == nullptr) {
    return nullptr;
  }
  walk.captured.push_back(joined_from(walk.parts, at));
  const RouteEntry* entry = walk.route_at(*node.rest);
  if (entry == nullptr) {
    walk.captured.pop_back();
  }
  return entry;
}

RouteMatch Router::match(wire::Method method, std::string_view path) const {
  RouteMatch match;
  if (!path.starts_with('/')) {  // "*" and authority-form lead nowhere
    return match;
  }
  auto parts = decoded_parts(path);
  if (!parts) {
    match.is_bad_path = true;
    return match;
  }
  Walk walk{.method = method, .parts = *std::move(parts)};
  match.entry = descend(*root_, 0, walk);
  if (match.entry != nullptr) {
    match.parameters = name_values(match.entry->route.path, walk.captured);
  } else {
    match.allowed = list_methods(walk.other_methods);
  }
  return match;
}

const FaceStyle& Router::style_for(std::string_view path) const {
  const FaceStyle* best = &fallback_;
  std::size_t best_length = 0;
  for (const auto& [prefix, style] : styles_) {
    if (path.starts_with(prefix) && prefix.size() > best_length) {
      best = style;
      best_length = prefix.size();
    }
  }
  return *best;
}

}  // namespace weft::http
