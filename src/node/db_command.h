// `weft db migrate`: the tables of the database brought to what this binary needs.
#pragma once

#include "cli/command.h"

namespace weft::node {

cli::Command db_command();

}  // namespace weft::node
