#include "model/change.h"

namespace weft::model {
namespace {

std::string_view service_name(const Service& service) { return service.name; }
std::string_view service_name(const Instance& instance) { return instance.service; }
std::string_view service_name(const CheckState& state) { return state.service; }
std::string_view service_name(const ClusterSettings& settings) { return settings.service; }
std::string_view service_name(const Route& /*route*/) { return {}; }
std::string_view service_name(const Setting& /*setting*/) { return {}; }

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

}  // namespace weft::model
