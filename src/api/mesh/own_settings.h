// The settings of services as this face changes them: one setting of one service at a time, the
// others keep following what holds for every service (state/inheritance.h).
#pragma once

#include "api/kit/parts.h"
#include "http/context.h"
#include "io/task.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weft::api::mesh {

struct SettingsChange {
  std::string service;  // or model::kEveryService
  std::function<void(model::ClusterSettings&)> change;
  // Only if the service's own settings are of this index, 0: only if it has none. Without it the
  // change is made on whatever is there.
  std::optional<std::uint64_t> only_if_index{};
};

// What holds for a service; for model::kEveryService: what holds where a service has no own.
model::ClusterSettings settings_of(const kit::Parts& parts, std::string_view service);

// Makes the change durable. A service left without settings of its own has no row any more.
// Errors: those of kit::write(); kConflict when the index has moved on.
io::Task<base::Result<void>> change_settings(const kit::Parts* parts, http::Context* context,
                                             SettingsChange change);

}  // namespace weft::api::mesh
