#include "cli/word_input.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace weft::cli {
namespace {

constexpr std::size_t kInputBytesMax = std::size_t{512} * 1024 * 1024;

struct FileCloser {
  void operator()(FILE* file) const {
    if (file != stdin) {
      static_cast<void>(std::fclose(file));
    }
  }
};

}  // namespace

Outcome<std::string> read_input(const std::string& name) {
  const std::unique_ptr<FILE, FileCloser> file(name == "-" ? stdin
                                                           : std::fopen(name.c_str(), "rbe"));
  const auto bad = [&](std::string_view why) {
    return std::unexpected(Failure{fmt::format("cannot read {}: {}", name, why)});
  };
  if (file == nullptr) {
    return bad(strerrordesc_np(errno));
  }
  std::string out;
  std::array<char, 64 * 1024> piece{};
  while (const std::size_t count = std::fread(piece.data(), 1, piece.size(), file.get())) {
    out.append(piece.data(), count);
    if (out.size() > kInputBytesMax) {
      return bad("it is longer than 512 MiB");
    }
  }
  return std::ferror(file.get()) != 0 ? Outcome<std::string>(bad(strerrordesc_np(errno)))
                                      : std::move(out);
}

Outcome<std::string> read_word(const std::string& word) {
  if (word == "-") {
    return read_input(word);
  }
  return word.starts_with('@') ? read_input(word.substr(1)) : word;
}

Outcome<void> write_output(const std::string& name, const std::string& bytes) {
  if (name == "-") {
    fmt::print("{}", bytes);
    return {};
  }
  FILE* file = std::fopen(name.c_str(), "wbe");
  const bool is_written =
      file != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  const int sys = errno;
  const bool is_closed = file != nullptr && std::fclose(file) == 0;
  if (!is_written || !is_closed) {
    return std::unexpected(Failure{
        fmt::format("cannot write {}: {}", name, strerrordesc_np(is_written ? errno : sys))});
  }
  return {};
}

}  // namespace weft::cli
