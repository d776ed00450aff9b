// View -> Snapshot: intent on its way down. Only services and routes that changed are compiled
// again; all else is shared with the snapshot before.
#pragma once

#include "base/hash.h"
#include "model/change.h"
#include "model/snapshot.h"
#include "model/view.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace weft::proxy {

// Keeps the last snapshot and makes the next one from what changed.
// Thread: the control loop; the snapshots go anywhere.
class SnapshotCompiler final {
 public:
  // `defaults` are the settings of services that have none of their own; `zone` is where this node
  // is, empty when nobody said.
  SnapshotCompiler(model::ClusterSettings defaults, std::string zone)
      : defaults_(std::move(defaults)), zone_(std::move(zone)) {}

  // Compiles everything; at start and after a gap. The snapshot does not say what changed.
  std::shared_ptr<const model::Snapshot> compile_all(const model::View& view);

  // Marks what a change touches; compile() then does the work once for many changes.
  void note(const model::Change& change);
  bool is_dirty() const {
    return !dirty_services_.empty() || !dirty_routes_.empty() || !dirty_nodes_.empty() ||
           every_service_dirty_;
  }
  // Precondition: compile_all() was called, and every change since then noted.
  std::shared_ptr<const model::Snapshot> compile(const model::View& view);

 private:
  using Names = std::unordered_set<std::string, base::TextHash, std::equal_to<>>;

  void mark_every_service(const model::View& view);
  void mark_services_on_nodes(const model::View& view);
  void compile_service(const model::View& view, const std::string& service,
                       model::ClusterMap& clusters, model::SnapshotChanges& changes);
  std::shared_ptr<const model::Cluster> compile_cluster(const model::View& view,
                                                        const model::Row<model::Service>& row);

  const model::ClusterSettings defaults_;
  const std::string zone_;
  std::shared_ptr<const model::Snapshot> last_;
  Names dirty_services_;
  Names dirty_nodes_;   // whose instances may be well, or not, for the node's sake
  Names dirty_routes_;  // by id
  bool every_service_dirty_ = false;
};

}  // namespace weft::proxy
