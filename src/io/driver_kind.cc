#include "io/driver_kind.h"

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

}  // namespace weft::io
