// Chooses the driver of a loop: the one asked for, or io_uring where the kernel allows it.
#include "io/driver.h"
#include "io/epoll_driver.h"
#include "io/uring_driver.h"

namespace weft::io {

base::Result<std::unique_ptr<Driver>> make_driver(DriverKind kind) {
  if (kind == DriverKind::kEpoll) {
    return make_epoll_driver();
  }
  auto driver = make_uring_driver();
  if (!driver && kind == DriverKind::kAuto) {
    return make_epoll_driver();
  }
  return driver;
}

}  // namespace weft::io
