#include "io/resolver.h"

#include "io/driver_fixture_for_test.h"
#include "io/resolver_cache.h"
#include "io/sockaddr.h"
#include "io/socket.h"
#include "io/unique_fd.h"

#include <gtest/gtest.h>

#include <array>
#include <sys/socket.h>

namespace weft::io {
namespace {

using namespace std::chrono_literals;

// A DNS server on loopback that knows one name, v4 only, and can keep silent.
class DnsServer final {
 public:
  explicit DnsServer(Loop& loop)
      : loop_(loop), socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    WEFT_ASSERT(socket_);
    const KernelAddress any = to_kernel({base::IpAddress::loopback(), 0, ""});
    WEFT_ASSERT(::bind(socket_.value(), any.get(), any.bytes) == 0);
    scope_.spawn("dns server", serve());
  }
  std::string address() const { return bound_address(socket_.value()).to_string(); }
  Task<void> stop() { co_await scope_.stop(); }

  std::uint8_t ttl_seconds = 30;
  bool is_silent = false;
  int questions = 0;  // of type A

 private:
  Task<void> serve() {
    ForeignDescriptor watched(loop_, socket_.value());
    for (;;) {
      const auto ready = co_await watched.readable(base::kNever);
      if (!ready) {
        co_return;
      }
      answer();
    }
  }

  // Source: RFC 1035 §4.1; one question, answered by one record that points at its name.
  void answer() {
    std::array<char, 512> packet{};
    KernelAddress from;
    from.bytes = sizeof from.storage;
    const ssize_t got =
        recvfrom(socket_.value(), packet.data(), packet.size(), 0, from.get(), &from.bytes);
    if (got < 12 || is_silent) {
      return;
    }
    std::string reply(packet.data(), static_cast<std::size_t>(got));
    std::size_t end = 12;
    while (reply[end] != 0) {
      end += static_cast<std::size_t>(reply[end]) + 1;
    }
    const bool is_known = reply.find("\3web\4test") == 12;
    const bool is_a = reply[end + 2] == 1;
    questions += is_a ? 1 : 0;
    reply.resize(end + 5);  // drops an additional EDNS record
    reply[2] = '\x81';
    reply[3] = is_known ? '\x80' : '\x83';
    reply[7] = is_known && is_a ? 1 : 0;
    reply[11] = 0;
    if (is_known && is_a) {
      reply += std::string("\xc0\x0c\0\1\0\1\0\0\0", 9) + static_cast<char>(ttl_seconds) +
               std::string("\0\4\x0a\1\2\3", 6);
    }
    sendto(socket_.value(), reply.data(), reply.size(), 0, from.get(), from.bytes);
  }

  Loop& loop_;
  UniqueFd socket_;
  TaskScope scope_;
};

Task<void> resolve_into(Resolver* resolver, std::string name, base::MonoTime deadline,
                        std::vector<base::Result<Addresses>>* out) {
  out->push_back(co_await resolver->resolve(std::move(name), deadline));
}

Task<void> stop_both(Resolver* resolver, DnsServer* server) {
  co_await resolver->stop();
  co_await server->stop();
}

class ResolverTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    options_.servers = server_.address();
    options_.try_timeout = 30ms;
    options_.tries = 2;
    resolver_ = *make_resolver(*loop_, options_);
  }
  void TearDown() override { loop_->run_until_done(stop_both(resolver_.get(), &server_)); }

  base::Result<Addresses> resolve(std::string name, base::Nanos duration = 10s) {
    std::vector<base::Result<Addresses>> out;
    loop_->run_until_done(
        resolve_into(resolver_.get(), std::move(name), loop_->now() + duration, &out));
    return out.at(0);
  }

  std::unique_ptr<Loop> loop_ = make_loop_for_test(GetParam());
  DnsServer server_{*loop_};
  ResolverOptions options_;
  std::unique_ptr<Resolver> resolver_;
};

const Addresses kWeb{base::IpAddress::v4(0x0a010203)};

INSTANTIATE_TEST_SUITE_P(Drivers, ResolverTest, testing::ValuesIn(real_driver_names_for_test()),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(ResolverTest, ANameBecomesItsAddressesAndIsKeptForItsTimeToLive) {
  EXPECT_EQ(resolve("web.test"), kWeb);
  EXPECT_EQ(resolve("WEB.test"), kWeb);
  EXPECT_EQ(server_.questions, 1);
}

TEST_P(ResolverTest, AddressesAndLocalhostNeedNoLookup) {
  EXPECT_EQ(resolve("10.0.0.7"), Addresses{base::IpAddress::v4(0x0a000007)});
  EXPECT_EQ(resolve("::1")->at(0).to_string(), "::1");
  EXPECT_EQ(resolve("localhost"), Addresses{base::IpAddress::loopback()});
  EXPECT_EQ(resolve("api.LocalHost"), Addresses{base::IpAddress::loopback()});
  EXPECT_EQ(server_.questions, 0);
}

TEST_P(ResolverTest, AnUnknownNameIsRememberedForAWhile) {
  EXPECT_EQ(resolve("nobody.test").error().code, base::Code::kNoName);
  EXPECT_EQ(resolve("nobody.test").error().code, base::Code::kNoName);
  EXPECT_EQ(server_.questions, 1);
}

TEST_P(ResolverTest, WhatCannotBeANameIsRefused) {
  EXPECT_EQ(resolve("").error().code, base::Code::kNoName);
  EXPECT_EQ(resolve(std::string(300, 'a')).error().code, base::Code::kNoName);
  EXPECT_EQ(resolve(std::string("a\0b.test", 8)).error().code, base::Code::kNoName);
  EXPECT_EQ(resolve("a..test").error().code, base::Code::kNoName);
}

TEST_P(ResolverTest, ASilentServerIsATimeoutAfterTheTries) {
  server_.is_silent = true;
  const base::MonoTime before = loop_->now();
  EXPECT_EQ(resolve("web.test").error().code, base::Code::kTimeout);
  EXPECT_LT(loop_->now() - before, 5s);
}

TEST_P(ResolverTest, ACallerLeavesAtItsDeadline) {
  server_.is_silent = true;
  EXPECT_EQ(resolve("web.test", 5ms).error().code, base::Code::kTimeout);
}

TEST_P(ResolverTest, LookupsOfOneNameShareAQuery) {
  std::vector<base::Result<Addresses>> out;
  TaskScope scope;
  for (int i = 0; i < 10; ++i) {
    scope.spawn("resolve", resolve_into(resolver_.get(), "web.test", loop_->now() + 10s, &out));
  }
  loop_->run_until_done(scope.join());
  EXPECT_EQ(out, (std::vector<base::Result<Addresses>>(10, kWeb)));
  EXPECT_EQ(server_.questions, 1);
}

TEST_P(ResolverTest, StoppingEndsWhatIsInFlight) {
  server_.is_silent = true;
  std::vector<base::Result<Addresses>> out;
  TaskScope scope;
  scope.spawn("resolve", resolve_into(resolver_.get(), "web.test", loop_->now() + 10s, &out));
  loop_->run_until_done(resolver_->stop());
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].error().code, base::Code::kShutdown);
  EXPECT_EQ(resolve("web.test").error().code, base::Code::kShutdown);
}

TEST(ResolverCacheTest, AnAnswerGoesWhenItExpiresOrTheOldestMakesRoom) {
  ResolverCache cache(2);
  const base::MonoTime start(100s);
  cache.put("a", kWeb, start + 10s);
  ASSERT_NE(cache.find("a", start + 9s), nullptr);
  EXPECT_EQ(cache.find("a", start + 10s), nullptr);
  cache.put("b", kWeb, start + 10s);
  cache.put("a", kWeb, start + 20s);  // now the newest
  cache.put("c", kWeb, start + 10s);
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(cache.find("b", start), nullptr);
  EXPECT_NE(cache.find("a", start + 15s), nullptr);
}

TEST(FixedResolverTest, AnswersWhatItWasTold) {
  auto loop = make_loop_for_test("epoll");
  FixedResolver resolver;
  resolver.set("web", kWeb);
  resolver.set_failure("slow", base::Code::kTimeout);
  std::vector<base::Result<Addresses>> out;
  for (const char* name : {"web", "slow", "other"}) {
    loop->run_until_done(resolve_into(&resolver, name, base::kNever, &out));
  }
  EXPECT_EQ(out.at(0), kWeb);
  EXPECT_EQ(out.at(1).error().code, base::Code::kTimeout);
  EXPECT_EQ(out.at(2).error().code, base::Code::kNoName);
  EXPECT_EQ(resolver.lookups(), 3U);
}

}  // namespace
}  // namespace weft::io
