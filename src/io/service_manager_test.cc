#include "io/service_manager.h"

#include "io/unique_fd.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace weft::io {
namespace {

// A datagram socket with an abstract name, as systemd may give one.
TEST(ServiceManager, HearsWhatItIsTold) {
  const std::string name = "@weft_service_manager_test_" + std::to_string(::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
  const UniqueFd manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  ASSERT_EQ(::bind(manager.value(), reinterpret_cast<const sockaddr*>(&address), bytes), 0);
  ASSERT_TRUE(tell_service_manager(name, "READY=1\nMAINPID=7"));
  std::array<char, 64> heard{};
  const ssize_t count = ::recv(manager.value(), heard.data(), heard.size(), MSG_DONTWAIT);
  ASSERT_GT(count, 0);
  EXPECT_EQ(std::string(heard.data(), static_cast<std::size_t>(count)), "READY=1\nMAINPID=7");
}

TEST(ServiceManager, SaysWhenNobodyHears) {
  EXPECT_EQ(tell_service_manager("", "READY=1").error().code, base::Code::kInvalid);
  EXPECT_EQ(tell_service_manager("relative", "READY=1").error().code, base::Code::kInvalid);
  EXPECT_EQ(tell_service_manager("/" + std::string(200, 'x'), "READY=1").error().code,
            base::Code::kInvalid);
  EXPECT_FALSE(tell_service_manager("/nonexistent/weft", "READY=1"));
}

}  // namespace
}  // namespace weft::io
