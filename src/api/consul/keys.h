// What an instance is called in the mesh. Two nodes may have one of the same name; in the mesh an
// id is there once. The first one keeps its name, another is called "node/name".
#pragma once

#include "api/consul/face.h"
#include "model/view.h"

#include <string>
#include <string_view>

namespace weft::api::consul {

// Returns: the row of what `node` calls `id`, or null.
const model::Row<model::Instance>* find_on_node(const Face& face, const model::View& view,
                                                std::string_view node, std::string_view id);

// The id in the mesh of what `node` calls `id`, be it there already or not.
std::string mesh_id(const Face& face, const model::View& view, std::string_view node,
                    std::string_view id);

// What an agent may mean by an id: its own instance, else that of another process of the mesh, for
// a client may talk to any of them. Returns: the row, or null.
const model::Row<model::Instance>* find_for_agent(const Face& face, const model::View& view,
                                                  std::string_view id);

// A check of this agent by its id, which is unique on its node. `instance` null: of the node.
struct FoundCheck {
  const model::CheckSpec* spec = nullptr;
  const model::Row<model::Instance>* instance = nullptr;
};
FoundCheck find_check_for_agent(const Face& face, const model::View& view, std::string_view id);

}  // namespace weft::api::consul
