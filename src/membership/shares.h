// Whose work is whose: every node that is alive has a share of the checks and sessions of the mesh.
#pragma once

#include "base/result.h"
#include "model/command.h"
#include "model/view.h"

#include <string>
#include <string_view>
#include <vector>

namespace weft::membership {

// At one index all nodes come to the same shares. A node that comes or goes changes hands of no
// more than its own share (rendezvous hashing).
// Thread: any (a value). It shares the rows of the nodes.
class Shares final {
 public:
  explicit Shares(const model::View& view);

  // How many share the work.
  std::size_t nodes() const { return alive_.size(); }

  // Who does the work called `key`? The node called `home`, where that is one of them and not "".
  // Returns: null when no node is alive.
  // Lifetime of what is returned: this object's.
  const model::Node* owner_of(std::string_view key, std::string_view home = {}) const;

  // Who looks after the checks of an instance, or of a node. What is bound to a place is done at
  // home: programs that run there, and reports, which come in there.
  const model::Node* owner_of(const model::Instance& instance) const;
  const model::Node* owner_of(const model::Node& node) const;
  const model::Node* owner_of(const model::Session& session) const;

 private:
  std::vector<model::RowPtr<model::Node>> alive_;
};

// What health or a session keeper wants changed, on condition that it is `node`'s to say at the
// moment it is written. Errors of such a command besides its own: kConflict.
model::Command as_share_of(std::string node, model::Command command);

}  // namespace weft::membership
