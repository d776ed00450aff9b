#include "node/demo_plan.h"

#include <fmt/format.h>

namespace weft::node {

std::vector<DemoService> demo_services() {
  return {
      {"discovery", "Discovery Service", "system scanning", "🔎", 8001, 2, {}},
      {"factory-reset",
       "Factory Reset Service",
       "cleanup operations",
       "🧹",
       8002,
       1,
       {"discovery"}},
      {"reinstallation",
       "Reinstallation Service",
       "package management",
       "📦",
       8003,
       1,
       {"discovery"}},
      {"optimization",
       "Optimization Service",
       "performance tuning",
       "⚡",
       8004,
       2,
       {"discovery", "metrics-collector"}},
      {"terminal-config",
       "Terminal Config Service",
       "shell customization",
       "⌨",
       8005,
       1,
       {"discovery"}},
      {"metrics-collector", "Metrics Collector", "metrics collection", "📈", 8006, 2, {}},
  };
}

std::vector<DemoInstance> demo_instances(const std::vector<DemoService>& services) {
  std::vector<DemoInstance> out;
  for (const DemoService& service : services) {
    for (std::size_t i = 1; i <= service.instances; ++i) {
      out.push_back({fmt::format("{}-{}", service.name, i), service.name,
                     i == 1 ? service.port : std::uint16_t{0}});
    }
  }
  return out;
}

}  // namespace weft::node
