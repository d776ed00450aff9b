// Loops on every driver this machine offers, for tests.
#pragma once

#include "base/check.h"
#include "io/epoll_driver.h"
#include "io/loop.h"

#include <memory>
#include <string_view>
#include <vector>

namespace weft::io {

inline std::vector<const char*> driver_names_for_test() { return {"epoll"}; }

inline std::unique_ptr<Loop> make_loop_for_test(std::string_view driver) {
  WEFT_ASSERT(driver == "epoll");
  return std::make_unique<Loop>(std::move(*make_epoll_driver()), "test", 1);
}

}  // namespace weft::io
