// `weft catalog load|export|validate`: services from a file and back, see catalog_file.h.
#pragma once

#include "cli/command.h"

#include <string>

namespace weft::cli {

Command catalog_command();

// What a load of this file calls itself in the metadata: the file's name without its folders.
// Thread: any; pure.
std::string catalog_label(const std::string& file);

}  // namespace weft::cli
