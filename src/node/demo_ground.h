// What the parts of the demo stand on: a directory that goes away, the program itself as a child, a
// port that is free, sentences about what went wrong.
#pragma once

#include "base/address.h"
#include "base/result.h"
#include "io/loop.h"
#include "io/process.h"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

// A value, or a sentence for the person who watches the demo.
template <class T = void>
using Told = std::expected<T, std::string>;

inline std::unexpected<std::string> tell(std::string sentence) {
  return std::unexpected(std::move(sentence));
}

// A fresh private directory that is removed with everything in it.
// Thread: its owner's.
class DemoDirectory final {
 public:
  static Told<DemoDirectory> make();
  DemoDirectory(DemoDirectory&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  DemoDirectory& operator=(DemoDirectory&&) = delete;
  ~DemoDirectory();

  const std::string& path() const { return path_; }

 private:
  explicit DemoDirectory(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

// This very program. Source: proc(5), /proc/self/exe.
std::string own_program();

// Could somebody listen there now? Another process that shares the port counts as taking it.
bool is_free(io::Loop& loop, const base::SocketAddress& address);

// 127.0.0.1 with that port.
base::SocketAddress local_address(std::uint16_t port);

// The last `lines` lines of a text file, "" when it cannot be read.
std::string tail_of(const std::string& path, std::size_t lines);

// "1,234,567"
std::string with_commas(std::uint64_t number);

}  // namespace weft::node
