#include "io/host.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>
#include <unistd.h>

namespace weft::io {

std::string host_name() {
  std::array<char, 256> name{};
  const bool known = gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0';
  return known ? name.data() : "node";
}

std::vector<std::string> names_beside(std::string_view hosts, std::string_view name) {
  std::vector<std::string> out;
  std::istringstream lines{std::string(hosts)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string address;
    std::vector<std::string> names;
    words >> address;
    for (std::string word; words >> word;) {
      names.push_back(std::move(word));
    }
    if (std::ranges::any_of(names, [&](auto& one) { return base::iequals(one, name); })) {
      out.insert(out.end(), names.begin(), names.end());
    }
  }
  return out;
}

std::uint64_t process_id() { return static_cast<std::uint64_t>(::getpid()); }

std::vector<std::string> host_names() {
  std::ifstream file("/etc/hosts");
  const std::string hosts(std::istreambuf_iterator<char>(file), {});
  const std::string name = host_name();
  std::vector<std::string> out = names_beside(hosts, name);
  out.push_back(name);
  return out;
}

}  // namespace weft::io
