#include "io/port_owner.h"

#include "io/driver_fixture_for_test.h"

#include <gtest/gtest.h>

#include <unistd.h>

namespace weft::io {
namespace {

base::SocketAddress any_port() { return {base::IpAddress::loopback(), 0, {}}; }

TEST(ProbeAddress, RefusesAPortThatIsSharedAlready) {
  const auto loop = make_loop_for_test("epoll");
  const auto listener = listen(*loop, any_port(), {.reuse_port = true});
  ASSERT_TRUE(listener);
  const auto probed = probe_address(listener->local_address());
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().code, base::Code::kAddressInUse);
}

TEST(ProbeAddress, LeavesAFreePortFree) {
  const auto loop = make_loop_for_test("epoll");
  base::SocketAddress address;
  {
    const auto listener = listen(*loop, any_port(), {});
    ASSERT_TRUE(listener);
    address = listener->local_address();
  }
  EXPECT_TRUE(probe_address(address));
  EXPECT_TRUE(listen(*loop, address, {}));
}

TEST(AddressOwner, IsTheProcessThatListens) {
  const auto loop = make_loop_for_test("epoll");
  const auto listener = listen(*loop, any_port(), {});
  ASSERT_TRUE(listener);
  base::SocketAddress address = listener->local_address();
  const auto owner = address_owner(address);
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->pid, getpid());
  EXPECT_TRUE(owner->is_this_process);
  EXPECT_FALSE(owner->name.empty());
  address.ip = base::IpAddress::v4(0);
  EXPECT_TRUE(address_owner(address)) << "all addresses hold this one too";
  address.ip = base::IpAddress::v4(0x7f000002);
  EXPECT_FALSE(address_owner(address)) << "another address of the port is free";
}

TEST(AddressOwner, IsNobodyWhereNobodyListens) { EXPECT_FALSE(address_owner(any_port())); }

}  // namespace
}  // namespace weft::io
