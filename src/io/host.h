// The machine this process runs on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::io {

// The host's name as gethostname(2) gives it; "node" when it gives none. Thread: any.
std::string host_name();

// The number of this process. Thread: any.
std::uint64_t process_id();

// Every name this machine goes by: host_name(), and the names that the hosts file gives the same
// line, which is where a full name stands on most machines. Asks no name server. Thread: any.
std::vector<std::string> host_names();

// The names of the lines of a hosts file that carry `name`. Source: hosts(5). Thread: any; pure.
std::vector<std::string> names_beside(std::string_view hosts, std::string_view name);

}  // namespace weft::io
