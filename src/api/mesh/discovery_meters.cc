#include "api/mesh/discovery_meters.h"

#include <string>
#include <string_view>
#include <utility>

namespace weft::api::mesh {
namespace {

constexpr base::MeterInfo kDiscovery{"mesh_service_discovery_total",
                                     "Operations on the registry through this API"};
// In the order of DiscoveryOperation.
constexpr std::array<std::string_view, 4> kOperationNames{"register", "deregister", "discover",
                                                          "list"};

io::Task<http::Response> answer_counted(const http::Handler* handler, http::Context* context,
                                        DiscoveryMeters* meters, DiscoveryOperation operation) {
  http::Response response = co_await (*handler)(*context);
  meters->note(operation, response.status);
  co_return response;
}

}  // namespace

DiscoveryMeters::DiscoveryMeters(base::MeterRegistry& registry) : group_(registry) {
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    const std::string operation(kOperationNames[i]);
    counters_[i].success =
        &group_.counter(kDiscovery, {{"operation", operation}, {"status", "success"}});
    counters_[i].failure =
        &group_.counter(kDiscovery, {{"operation", operation}, {"status", "failure"}});
  }
}

void DiscoveryMeters::note(DiscoveryOperation operation, int status) {
  const Counters& counters = counters_[static_cast<std::size_t>(operation)];
  (status < 400 ? counters.success : counters.failure)->add();
}

http::Route counted(http::Route route, std::shared_ptr<DiscoveryMeters> meters,
                    DiscoveryOperation operation) {
  route.handler = [handler = std::move(route.handler), meters = std::move(meters),
                   operation](http::Context& context) {
    return answer_counted(&handler, &context, meters.get(), operation);
  };
  return route;
}

}  // namespace weft::api::mesh
