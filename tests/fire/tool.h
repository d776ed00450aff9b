// What the origin and the load of these tests share: arguments, time, chance, and heads read the
// simple way. Plain system calls and no part of weft, so that a fault of weft is not in both ends.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <random>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace weft::fire {

[[noreturn]] inline void fail(const std::string& what, int sys = 0) {
  static_cast<void>(
      std::fprintf(stderr, "fire: %s %s\n", what.c_str(), sys != 0 ? strerrordesc_np(sys) : ""));
  std::_Exit(2);
}

// `--key value` pairs; a key that the program does not know ends it.
class Arguments final {
 public:
  Arguments(int argc, char** argv, const std::vector<std::string>& known) {
    for (int i = 1; i + 1 < argc; i += 2) {
      const std::string key = argv[i];
      bool is_known = false;
      for (const std::string& name : known) {
        is_known = is_known || key == "--" + name;
      }
      if (!is_known) {
        fail("no argument " + key);
      }
      values_[key.substr(2)] = argv[i + 1];
    }
    if (argc % 2 == 0) {
      fail(std::string("a value is missing after ") + argv[argc - 1]);
    }
  }

  std::string text(const std::string& key, const std::string& fallback = "") const {
    const auto found = values_.find(key);
    return found == values_.end() ? fallback : found->second;
  }
  double number(const std::string& key, double fallback) const {
    const auto found = values_.find(key);
    return found == values_.end() ? fallback : std::strtod(found->second.c_str(), nullptr);
  }
  std::uint64_t count(const std::string& key, std::uint64_t fallback) const {
    return static_cast<std::uint64_t>(number(key, static_cast<double>(fallback)));
  }
  // Pieces between commas.
  std::vector<std::string> list(const std::string& key, const std::string& fallback) const {
    std::vector<std::string> pieces;
    const std::string all = text(key, fallback);
    for (std::size_t at = 0; at <= all.size();) {
      const std::size_t end = std::min(all.find(',', at), all.size());
      pieces.push_back(all.substr(at, end - at));
      at = end + 1;
    }
    return pieces;
  }

 private:
  std::map<std::string, std::string> values_;
};

inline std::int64_t now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

class Chance final {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  double unit() { return std::uniform_real_distribution<double>(0, 1)(engine_); }
  double between(double low, double high) { return low + (high - low) * unit(); }
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }

 private:
  std::mt19937_64 engine_;
};

inline bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

inline void make_prompt(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

inline constexpr std::string_view kHeadEnd = "\r\n\r\n";

// The value of a field of a head, written exactly so at the start of a line; empty: none.
inline std::string_view field(std::string_view head, std::string_view name) {
  const std::string line = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(line);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::size_t begin = at + line.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

inline std::uint64_t number_of(std::string_view text) {
  return std::strtoull(std::string(text).c_str(), nullptr, 10);
}

}  // namespace weft::fire
