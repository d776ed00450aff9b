// View -> Snapshot: intent on its way down. Only services that changed are compiled again.
#pragma once

#include "base/hash.h"
#include "model/change.h"
#include "model/snapshot.h"
#include "model/view.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weft::proxy {

// Where a number of a record leads back to. Thread: the control loop.
struct NumberNames {
  std::unordered_map<std::uint32_t, std::string> services;
  std::unordered_map<std::uint32_t, std::string> instances;
};

// Keeps the clusters of the last snapshot and makes the next one from what changed.
// Thread: the control loop; the snapshots go anywhere.
class SnapshotCompiler final {
 public:
  // `defaults` are the settings of services that have none of their own; `zone` is where this node
  // is, empty when nobody said.
  SnapshotCompiler(model::ClusterSettings defaults, std::string zone)
      : defaults_(std::move(defaults)), zone_(std::move(zone)) {}

  // Compiles everything; at start and after a gap.
  std::shared_ptr<const model::Snapshot> compile_all(const model::View& view);

  // Marks what a change touches; compile() then does the work once for many changes.
  void note(const model::Change& change);
  bool is_dirty() const { return !dirty_services_.empty() || routes_dirty_ || all_dirty_; }
  std::shared_ptr<const model::Snapshot> compile(const model::View& view);

  const NumberNames& names() const { return names_; }

 private:
  void compile_service(const model::View& view, const std::string& service);
  void compile_routes(const model::View& view);
  void forget(const model::Cluster& cluster);
  std::shared_ptr<const model::Snapshot> assemble(const model::View& view) const;

  const model::ClusterSettings defaults_;
  const std::string zone_;
  std::map<std::string, std::shared_ptr<const model::Cluster>, std::less<>> clusters_;
  std::vector<std::shared_ptr<const model::RouteEntry>> routes_;
  std::unordered_map<std::string, bool, base::TextHash, std::equal_to<>> dirty_services_;
  bool routes_dirty_ = false;
  bool all_dirty_ = false;
  NumberNames names_;
};

}  // namespace weft::proxy
