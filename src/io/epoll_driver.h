// The everyday driver: edge-triggered epoll. A descriptor is registered once; sends and accepts are
// tried at once; a short read means drained, so no call is spent on learning EAGAIN.
// Source: dataplane.md "epoll"; epoll(7).
#pragma once

#include "io/driver.h"

#include <memory>

namespace weft::io {

// Errors: kNoSpace, kIo.
base::Result<std::unique_ptr<Driver>> make_epoll_driver();

}  // namespace weft::io
