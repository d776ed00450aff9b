// The machine this process runs on.
#pragma once

#include <string>

namespace weft::io {

// The host's name as gethostname(2) gives it; "node" when it gives none. Thread: any.
std::string host_name();

}  // namespace weft::io
