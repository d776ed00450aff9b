// Which driver a loop runs on, by name: all that settings know of drivers.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string_view>

namespace weft::io {

// kAuto probes io_uring and falls back to epoll.
enum class DriverKind : std::uint8_t { kAuto, kEpoll, kUring };

// "auto", "epoll" or "uring". Errors: kInvalid. Thread: any; pure.
base::Result<DriverKind> parse_driver_kind(std::string_view name);

}  // namespace weft::io
