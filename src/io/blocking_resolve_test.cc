#include "io/blocking_resolve.h"

#include "io/descriptor_wait.h"
#include "io/sockaddr.h"
#include "io/unique_fd.h"

#include <gtest/gtest.h>

#include <sys/socket.h>

namespace weft::io {
namespace {

TEST(BlockingResolve, AnAddressAndLocalhostNeedNoServer) {
  EXPECT_EQ(resolve_blocking("localhost", base::kNever)->at(0).to_string(), "127.0.0.1");
  EXPECT_EQ(resolve_blocking("::1", base::kNever)->at(0).to_string(), "::1");
}

TEST(BlockingResolve, AServerThatKeepsSilentCostsNoMoreThanTheDeadline) {
  const UniqueFd silent(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_TRUE(silent);
  const KernelAddress any = to_kernel({base::IpAddress::loopback(), 0, ""});
  ASSERT_EQ(::bind(silent.value(), any.get(), any.bytes), 0);
  ResolverOptions options;
  options.servers = bound_address(silent.value()).to_string();
  const auto found = resolve_blocking("weft-db.example", deadline_after(base::Millis(20)), options);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, base::Code::kTimeout);
}

}  // namespace
}  // namespace weft::io
