#include "api/consul/keys.h"

namespace weft::api::consul {
namespace {

using model::Instance;
using model::Row;
using model::View;

bool is_on(const Face& face, const Instance& instance, std::string_view node) {
  return instance.node == node || (instance.node.empty() && node == face.own_node());
}

std::string composed_id(std::string_view node, std::string_view id) {
  std::string out(node);
  out += '/';
  out += id;
  return out;
}

// "service:web:2" -> "web": what checks without a name of their own are called.
std::string_view instance_in(std::string_view check) {
  constexpr std::string_view kPrefix = "service:";
  if (!check.starts_with(kPrefix)) {
    return {};
  }
  return check.substr(kPrefix.size());
}

FoundCheck check_at(const Row<Instance>* row, std::string_view check) {
  const model::CheckSpec* spec = row != nullptr ? model::find_check(row->object, check) : nullptr;
  return spec != nullptr ? FoundCheck{spec, row} : FoundCheck{};
}

}  // namespace

const Row<Instance>* find_on_node(const Face& face, const View& view, std::string_view node,
                                  std::string_view id) {
  for (const std::string& key : {std::string(id), composed_id(node, id)}) {
    const Row<Instance>* row = view.find<Instance>(key);
    if (row != nullptr && is_on(face, row->object, node) && model::owner_id_of(row->object) == id) {
      return row;
    }
  }
  return nullptr;
}

std::string mesh_id(const Face& face, const View& view, std::string_view node,
                    std::string_view id) {
  if (const Row<Instance>* row = find_on_node(face, view, node, id)) {
    return row->object.id;
  }
  return view.find<Instance>(id) == nullptr ? std::string(id) : composed_id(node, id);
}

const Row<Instance>* find_for_agent(const Face& face, const View& view, std::string_view id) {
  if (const Row<Instance>* own = find_on_node(face, view, face.own_node(), id)) {
    return own;
  }
  const Row<Instance>* row = view.find<Instance>(id);
  const Row<model::Node>* node =
      row != nullptr ? view.find<model::Node>(row->object.node) : nullptr;
  return node != nullptr && node->object.is_weft ? row : nullptr;
}

namespace {

FoundCheck find_check_on(const View& view, std::string_view node, std::string_view id) {
  for (const auto& row : view.instances_on(node)) {
    const FoundCheck found = check_at(row.get(), id);
    if (found.spec != nullptr) {
      return found;
    }
  }
  return {};
}

}  // namespace

FoundCheck find_check_for_agent(const Face& face, const View& view, std::string_view id) {
  if (const auto* node = view.find<model::Node>(face.own_node())) {
    if (const model::CheckSpec* spec = model::find_check(node->object.checks, id)) {
      return {spec, nullptr};
    }
  }
  // Most are called after their instance; the rest are looked for.
  const std::string_view guess = instance_in(id);
  for (const std::string_view instance : {guess, guess.substr(0, guess.rfind(':'))}) {
    if (instance.empty()) {
      continue;
    }
    const FoundCheck found = check_at(find_for_agent(face, view, instance), id);
    if (found.spec != nullptr) {
      return found;
    }
  }
  const FoundCheck own = find_check_on(view, face.own_node(), id);
  if (own.spec != nullptr) {
    return own;
  }
  // Whichever node it was told to: clients may reach any.
  for (const auto& row : view.all<model::Node>()) {
    if (row->object.is_weft && row->object.name != face.own_node()) {
      const FoundCheck found = find_check_on(view, row->object.name, id);
      if (found.spec != nullptr) {
        return found;
      }
    }
  }
  return {};
}

}  // namespace weft::api::consul
