#include "proxy/compiled_route.h"

#include "base/table_memory.h"
#include "base/text.h"
#include "wire/cookie.h"

#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace weft::proxy {
namespace {

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

// Null: no destination selects.
std::unique_ptr<const SubsetLabels> labels_of(const model::Route& route) {
  const auto selects = [](const model::Destination& each) { return each.subset.has_value(); };
  if (std::ranges::none_of(route.destinations, selects)) {
    return nullptr;
  }
  SubsetLabels all;
  for (const model::Destination& destination : route.destinations) {
    const auto& subset = destination.subset;
    all.push_back(subset ? std::optional(model::make_labels(subset->version, subset->tags))
                         : std::nullopt);
  }
  return std::make_unique<const SubsetLabels>(std::move(all));
}

}  // namespace

std::shared_ptr<const CompiledRoute> CompiledRoute::compile(model::RowPtr<model::Route> row,
                                                            Slot only_slot) {
  std::shared_ptr<const CompiledRoute> made = std::allocate_shared<CompiledRoute>(
      base::TableAllocator<CompiledRoute>(), std::move(row), only_slot);
  return made->regex_ == nullptr || made->regex_->ok() ? made : nullptr;
}

CompiledRoute::CompiledRoute(model::RowPtr<model::Route> row, Slot only_slot)
    : order_(model::order_of(*row)),
      path_bytes_(static_cast<std::uint32_t>(row->object.path.size())),
      timeout_(row->object.timeout),
      subsets_(labels_of(row->object)),
      row_(std::move(row)) {
  const model::Route& route = row_->object;
  if (route.destinations.size() == 1) {
    only_slot_ = only_slot;
  }
  if (route.path_match == model::PathMatch::kRegex) {
    regex_ = std::make_unique<const re2::RE2>(route.path, re2::RE2::Quiet);
  }
  if (route.policies) {
    policies_ = std::make_unique<const CompiledPolicies>(*route.policies);
  }
  is_narrowed_ = regex_ != nullptr || !route.methods.empty() || !route.headers.empty() ||
                 !route.cookies.empty();
  if (route.strip_prefix && route.path_match == model::PathMatch::kPrefix) {
    strip_bytes_ = path_bytes_;
  }
}

CompiledRoute::~CompiledRoute() = default;

bool CompiledRoute::pattern_holds(const wire::RequestHead& head) const {
  const re2::StringPiece path(head.path.data(), head.path.size());
  return regex_ == nullptr ||
         regex_->Match(path, 0, path.size(), re2::RE2::ANCHOR_START, nullptr, 0);
}

bool CompiledRoute::conditions_hold(const wire::RequestHead& head) const {
  const model::Route& route = row_->object;
  const bool method_fits =
      route.methods.empty() || std::find(route.methods.begin(), route.methods.end(),
                                         head.method_text) != route.methods.end();
  return method_fits &&
         std::all_of(
             route.headers.begin(), route.headers.end(),
             [&](const model::HeaderMatch& wanted) { return header_holds(wanted, head); }) &&
         std::all_of(route.cookies.begin(), route.cookies.end(),
                     [&](const model::HeaderMatch& wanted) { return cookie_holds(wanted, head); });
}

void RoutesAt::add(Pointer route) {
  if (first_ == nullptr) {
    first_ = std::move(route);
    return;
  }
  if (route->order() == first_->order()) {
    return;  // a route that names a host twice
  }
  if (route->order() < first_->order()) {
    std::swap(route, first_);
  }
  Others::Editor editor(others_ == nullptr ? Others() : *others_);
  editor.put(std::move(route));
  set_others(editor.freeze());
}

void RoutesAt::remove(const model::RouteOrder& order) {
  if (others_ == nullptr) {
    if (first_ != nullptr && first_->order() == order) {
      first_ = nullptr;
    }
    return;
  }
  const bool is_first = first_->order() == order;
  if (is_first) {
    first_ = *others_->begin();
  }
  Others::Editor editor(*others_);
  editor.erase(is_first ? first_->order() : order);
  set_others(editor.freeze());
}

void RoutesAt::set_others(Others others) {
  others_ = others.empty() ? nullptr : std::make_shared<const Others>(std::move(others));
}

const CompiledRoute* RoutesAt::better_of_others(const CompiledRoute* best,
                                                const wire::RequestHead& head) const {
  for (const Pointer& route : *others_) {
    if (best != nullptr && best->order() < route->order()) {
      return best;
    }
    if (route->takes(head)) {
      return route.get();
    }
  }
  return best;
}

}  // namespace weft::proxy
