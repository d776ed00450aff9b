#include "node/demo_ground.h"

#include "io/socket.h"

#include <fmt/format.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace weft::node {

namespace fs = std::filesystem;

Told<DemoDirectory> DemoDirectory::make() {
  std::error_code error;
  const fs::path base = fs::temp_directory_path(error);
  std::string path = (error ? fs::path("/tmp") : base) / "weft-demo-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) {
    return tell(fmt::format("no private directory can be made as {}; set TMPDIR", path));
  }
  return DemoDirectory(std::move(path));
}

DemoDirectory::~DemoDirectory() {
  if (!path_.empty()) {
    std::error_code error;
    fs::remove_all(path_, error);
  }
}

std::string own_program() {
  constexpr const char* kSelf = "/proc/self/exe";
  std::error_code error;
  const fs::path path = fs::read_symlink(kSelf, error);
  // A program that was replaced while it runs has no path any more, but still this one.
  return !error && fs::exists(path, error) ? path.string() : kSelf;
}

bool is_free(io::Loop& loop, const base::SocketAddress& address) {
  return io::listen(loop, address, {}).has_value();
}

base::SocketAddress local_address(std::uint16_t port) {
  return {base::IpAddress::loopback(), port, {}};
}

std::string tail_of(const std::string& path, std::size_t lines) {
  std::ifstream file(path);
  std::deque<std::string> kept;
  for (std::string line; std::getline(file, line);) {
    kept.push_back(line);
    if (kept.size() > lines) {
      kept.pop_front();
    }
  }
  std::string out;
  for (const std::string& line : kept) {
    out += line + "\n";
  }
  return out;
}

std::string with_commas(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace weft::node
