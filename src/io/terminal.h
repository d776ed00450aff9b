// What the standard streams are: may a line be rewritten, and how wide is it?
#pragma once

#include <cstdint>
#include <optional>

namespace weft::io {

enum class StandardStream : std::uint8_t { kIn = 0, kOut = 1, kErr = 2 };

// Is a person's terminal at the other end? Thread: any.
bool is_terminal(StandardStream stream);

// Returns: columns of the terminal now, nullopt when it is none or does not say.
// Thread: any. Source: ioctl_tty(2), TIOCGWINSZ.
std::optional<int> terminal_columns(StandardStream stream);

}  // namespace weft::io
