// AppendFile: a file, or the standard output, that lines are added to; it can be opened again under
// its name after somebody moved it away.
#pragma once

#include "base/result.h"
#include "io/unique_fd.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weft::io {

// What became of an append: all bytes, or those before the error.
struct Appended {
  std::size_t bytes = 0;
  std::optional<base::Error> error;
};

// Blocks: never for a loop that serves others.
// Thread: one at a time. Where the output is a pipe, SIGPIPE is blocked on the thread that appends.
class AppendFile final {
 public:
  static constexpr std::string_view kStandardOutput = "-";

  // Makes the file when there is none (0640) and keeps what is in it. A named pipe needs a reader.
  // Errors: kNotFound, kForbidden, kNoSpace, kIo.
  static base::Result<AppendFile> open(std::string path);

  AppendFile(AppendFile&& other) noexcept = default;
  AppendFile& operator=(AppendFile&& other) noexcept = default;

  // A reader of a pipe or terminal may stand still for a second, then it is an error.
  // Errors: kNoSpace, kIo, kClosed, kTimeout.
  Appended append(std::string_view bytes);

  // Opens the path again. Nothing changes for the standard output, nor on an error.
  // Errors: as open().
  base::Result<void> reopen();

  const std::string& path() const { return path_; }

 private:
  AppendFile(std::string path, UniqueFd owned);
  int descriptor() const { return owned_ ? owned_.value() : 1; }
  std::optional<base::Error> wait_for_reader();

  std::string path_;
  UniqueFd owned_;  // none: the standard output
  bool is_plain_file_ = false;
  bool stands_still_ = false;  // the last append waited in vain
};

}  // namespace weft::io
