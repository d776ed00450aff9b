// Settings that follow others: what a service has not set itself is what holds for every service,
// and what nobody set for every service is the node's default. Rows are kept whole, so that readers
// need not know; whoever changes what others follow rewrites these in the same command.
#pragma once

#include "model/cluster_settings.h"
#include "state/draft.h"

#include <vector>

namespace weft::state {

// `settings` as they are stored: whole.
model::ClusterSettings with_inherited(const Draft& draft, const model::ClusterSettings& defaults,
                                      const model::ClusterSettings& settings);

// A row that is not as it is to be.
struct Outdated {
  model::RowPtr<model::ClusterSettings> row;
  model::ClusterSettings wanted;
};

// The rows of services that do not follow the settings of every service as the draft has them.
std::vector<Outdated> outdated_settings(const Draft& draft, const model::ClusterSettings& defaults);

// Makes all rows follow `defaults`, as they may have changed since the rows were written. Before
// anybody has seen the draft: the rows keep their indexes.
void follow_defaults(Draft& draft, const model::ClusterSettings& defaults);

}  // namespace weft::state
