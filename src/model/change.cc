#include "model/change.h"

namespace weft::model {
namespace {

std::string_view service_name(const Service& service) { return service.name; }
std::string_view service_name(const Instance& instance) { return instance.service; }
std::string_view service_name(const CheckState& state) { return state.service; }
std::string_view service_name(const ClusterSettings& settings) { return settings.service; }
template <class T>
std::string_view service_name(const T& /*of_no_service*/) {
  return {};
}

std::string_view node_name(const Node& node) { return node.name; }
std::string_view node_name(const CheckState& state) { return state.node; }
template <class T>
std::string_view node_name(const T& /*of_no_node*/) {
  return {};
}

}  // namespace

std::string_view service_of(const AnyRow& row) {
  return std::visit(
      [](const auto& pointer) -> std::string_view {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(pointer)>, std::monostate>) {
          return {};
        } else {
          return service_name(pointer->object);
        }
      },
      row);
}

std::string_view node_of(const AnyRow& row) {
  return std::visit(
      [](const auto& pointer) -> std::string_view {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(pointer)>, std::monostate>) {
          return {};
        } else {
          return node_name(pointer->object);
        }
      },
      row);
}

}  // namespace weft::model
