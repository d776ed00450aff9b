#include "io/port_owner.h"

#include "base/text.h"
#include "io/sockaddr.h"
#include "io/unique_fd.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace weft::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kListening = "0A";                 // TCP_LISTEN, proc(5) /proc/net/tcp
constexpr std::string_view kAcceptsConnections = "00010000";  // __SO_ACCEPTCON, /proc/net/unix

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) {
    words.push_back(std::move(word));
  }
  return words;
}

// "0100007F:1F90": words of 32 bits in the machine's order, then the port.
std::optional<base::SocketAddress> parse_proc_address(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto raw = base::from_hex(text.substr(0, colon));
  const auto port = base::from_hex(colon == std::string_view::npos ? "" : text.substr(colon + 1));
  if (!raw || !port || (raw->size() != 4 && raw->size() != 16) || port->size() != 2) {
    return std::nullopt;
  }
  const auto byte = [](const std::string& bytes, std::size_t at) {
    return std::uint32_t{static_cast<unsigned char>(bytes[at])};
  };
  base::SocketAddress out;
  out.port = static_cast<std::uint16_t>(byte(*port, 0) << 8 | byte(*port, 1));
  if (raw->size() == 4) {
    out.ip = base::IpAddress::v4(byte(*raw, 3) << 24 | byte(*raw, 2) << 16 | byte(*raw, 1) << 8 |
                                 byte(*raw, 0));
    return out;
  }
  for (std::size_t i = 0; i < raw->size(); ++i) {
    out.ip.bytes[i] = static_cast<std::uint8_t>(byte(*raw, i / 4 * 4 + (3 - i % 4)));
  }
  return out;
}

// Two listeners of one port are in each other's way unless both name an address of their own.
bool is_in_the_way(const base::SocketAddress& listener, const base::SocketAddress& wanted) {
  return listener.port == wanted.port &&
         (listener.ip == wanted.ip || wanted.ip.is_unspecified() || listener.ip.is_unspecified());
}

void add_tcp_inodes(const char* table, const base::SocketAddress& wanted,
                    std::vector<std::string>& out) {
  std::ifstream file(table);
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> words = words_of(line);
    if (words.size() < 10 || words[3] != kListening) {
      continue;
    }
    if (const auto listener = parse_proc_address(words[1]);
        listener && is_in_the_way(*listener, wanted)) {
      out.push_back(words[9]);
    }
  }
}

void add_unix_inodes(const std::string& path, std::vector<std::string>& out) {
  std::ifstream file("/proc/net/unix");
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> words = words_of(line);
    if (words.size() >= 8 && words[3] == kAcceptsConnections && words[7] == path) {
      out.push_back(words[6]);
    }
  }
}

bool holds_one_of(const fs::path& process, const std::vector<std::string>& links) {
  std::error_code error;
  for (fs::directory_iterator it(process / "fd", error), end; !error && it != end;
       it.increment(error)) {
    std::error_code unread;
    const std::string link = fs::read_symlink(it->path(), unread).string();
    if (!unread && std::ranges::find(links, link) != links.end()) {
      return true;
    }
  }
  return false;
}

std::string name_of(const fs::path& process) {
  std::ifstream file(process / "comm");
  std::string name;
  std::getline(file, name);
  return name;
}

}  // namespace

base::Result<void> probe_address(const base::SocketAddress& address) {
  if (address.is_unix() || address.port == 0) {
    return {};
  }
  const int opened = open_stream_socket(address);
  if (opened < 0) {
    return base::fail(base::error_from_errno(-opened, "listen"));
  }
  const UniqueFd socket(opened);
  const int on = 1;
  // Connections of an earlier process that linger are not in the way.
  setsockopt(socket.value(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const KernelAddress kernel = to_kernel(address);
  // Bound, not listening: no client can reach this socket.
  if (::bind(socket.value(), kernel.get(), kernel.bytes) != 0) {
    return base::fail(base::error_from_errno(errno, "listen"));
  }
  return {};
}

std::optional<AddressOwner> address_owner(const base::SocketAddress& address) {
  std::vector<std::string> links;
  if (address.is_unix()) {
    add_unix_inodes(address.unix_path, links);
  } else {
    add_tcp_inodes("/proc/net/tcp", address, links);
    add_tcp_inodes("/proc/net/tcp6", address, links);
  }
  for (std::string& inode : links) {
    inode = fmt::format("socket:[{}]", inode);
  }
  std::error_code error;
  for (fs::directory_iterator it("/proc", error), end; !links.empty() && !error && it != end;
       it.increment(error)) {
    const auto pid = base::parse_u64(it->path().filename().string());
    if (pid && holds_one_of(it->path(), links)) {
      return AddressOwner{static_cast<int>(*pid), name_of(it->path()),
                          static_cast<int>(*pid) == getpid()};
    }
  }
  return std::nullopt;
}

}  // namespace weft::io
