#include "io/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace weft::io {

bool is_terminal(StandardStream stream) { return isatty(static_cast<int>(stream)) == 1; }

std::optional<int> terminal_columns(StandardStream stream) {
  winsize size{};
  if (ioctl(static_cast<int>(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return std::nullopt;
  }
  return size.ws_col;
}

}  // namespace weft::io
