#include "io/host.h"

#include <array>
#include <unistd.h>

namespace weft::io {

std::string host_name() {
  std::array<char, 256> name{};
  const bool known = gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0';
  return known ? name.data() : "node";
}

}  // namespace weft::io
