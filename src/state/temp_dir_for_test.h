// A folder that goes with the test.
#pragma once

#include "base/check.h"

#include <cstdlib>
#include <filesystem>
#include <string>

namespace weft::state {

class TempDir final {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "weft-state-XXXXXX").string();
    WEFT_ASSERT(::mkdtemp(name.data()) != nullptr);
    root_ = name;
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  std::string path(const std::string& name) const { return (root_ / name).string(); }

 private:
  std::filesystem::path root_;
};

}  // namespace weft::state
