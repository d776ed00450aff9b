# Everything that is not ours, from Debian 12 packages, as SYSTEM headers behind one target.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
pkg_check_modules(CLI11 REQUIRED IMPORTED_TARGET CLI11)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
find_package(ZLIB REQUIRED)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2)
pkg_check_modules(URING REQUIRED IMPORTED_TARGET liburing)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET libssl libcrypto)

add_library(weft_vendors INTERFACE)
target_link_libraries(weft_vendors INTERFACE Threads::Threads Boost::json fmt::fmt spdlog::spdlog
  yaml-cpp PkgConfig::CLI11 PkgConfig::RE2 ZLIB::ZLIB PkgConfig::NGHTTP2 PkgConfig::URING PkgConfig::CARES PkgConfig::SQLITE
  PkgConfig::LIBPQ PkgConfig::XXHASH PkgConfig::OPENSSL)

if(WEFT_TESTS)
  find_package(GTest REQUIRED)
  pkg_check_modules(LDNS REQUIRED IMPORTED_TARGET ldns)
  # What unit tests have besides: ldns reads the DNS messages we write, and the other way round.
  add_library(weft_test_vendors INTERFACE)
  target_link_libraries(weft_test_vendors INTERFACE GTest::gtest_main GTest::gmock PkgConfig::LDNS)
endif()
