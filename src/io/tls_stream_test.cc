#include "io/tls_stream.h"

#include "io/driver_fixture_for_test.h"
#include "io/tls_server_for_test.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace weft::io {
namespace {

using base::Code;

// Everything a client does in these tests, and what came of it.
struct ClientForTest {
  const TlsContext* context = nullptr;
  TlsClientOptions options{.server_name = "localhost"};
  base::Nanos timeout = base::Seconds(30);  // of real time: no test but that of it may meet it
  std::optional<TlsStream> stream;
  base::Error error{};  // of the last that failed

  Task<void> connect(Socket socket) {
    const base::MonoTime deadline = socket.loop().now() + timeout;
    auto made = co_await TlsStream::connect(*context, std::move(socket), options, deadline);
    if (made) {
      stream.emplace(std::move(*made));
    } else {
      error = made.error();
    }
  }

  // Returns: what came, nothing at the end or after a failure.
  Task<std::string> recv() {
    std::string into(1000, '\0');
    const auto count = co_await stream->recv(into, base::kNever);
    if (!count) {
      error = count.error();
    }
    into.resize(count.value_or(0));
    co_return into;
  }

  Task<void> recv_into(std::string* out) { *out = co_await recv(); }

  Task<void> recv_all(std::size_t bytes, std::string* out) {
    while (out->size() < bytes) {
      std::string some = co_await recv();
      if (some.empty()) {
        co_return;
      }
      *out += some;
    }
  }

  Task<void> send(std::string text) {
    const auto sent = co_await stream->send(text, base::kNever);
    if (!sent) {
      error = sent.error();
    }
  }

  Task<void> end() {
    const auto ended = co_await stream->end(base::kNever);
    EXPECT_TRUE(ended);
  }
};

Task<void> shake_hands_of(TlsServerForTest* server, bool* done) {
  *done = co_await server->shake_hands();
}

Task<void> recv_of(TlsServerForTest* server, std::size_t bytes, std::string* out) {
  do {
    const std::string some = co_await server->recv();
    if (some.empty()) {
      co_return;
    }
    *out += some;
  } while (out->size() < bytes);
}

Task<void> close_after_a_word(Socket socket) {
  Buffer in;
  base::ignore(co_await socket.recv_pooled(in, base::kNever), "whatever it says");
}

Task<void> answer_without_tls(Socket* socket) {
  base::ignore(co_await socket->send("HTTP/1.1 400 Bad Request\r\n\r\n", base::kNever), "it may");
}

class TlsStreamTest : public testing::TestWithParam<const char*> {
 protected:
  TlsStreamTest() { client_.context = &context_; }

  // Returns: did both ends find the handshake good?
  bool connect(const CertificateForTest& certificate, std::string protocol = {}) {
    StreamPair pair = make_pair_for_test(*loop_);
    server_ = std::make_unique<TlsServerForTest>(certificate, std::move(pair.server),
                                                 std::move(protocol));
    bool done = false;
    loop_->run_until_done(
        join_both(client_.connect(std::move(pair.client)), shake_hands_of(server_.get(), &done)));
    return done && client_.stream.has_value();
  }
  std::string recv() {
    std::string out;
    loop_->run_until_done(client_.recv_into(&out));
    return out;
  }
  std::string recv_of_server(std::size_t bytes = 1) {
    std::string out;
    loop_->run_until_done(recv_of(server_.get(), bytes, &out));
    return out;
  }
  void run(Task<void> task) { loop_->run_until_done(std::move(task)); }

  std::unique_ptr<Loop> loop_ = make_loop_for_test(GetParam());
  CertificateForTest certificate_ = make_certificate_for_test("DNS:localhost,IP:10.0.0.1");
  TlsContext context_ = *TlsContext::make({.system = false, .pem = certificate_.pem()});
  std::unique_ptr<TlsServerForTest> server_;
  ClientForTest client_;
};

INSTANTIATE_TEST_SUITE_P(EachDriver, TlsStreamTest, testing::ValuesIn(driver_names_for_test()),
                         [](const auto& name) { return std::string(name.param); });

TEST_P(TlsStreamTest, CarriesBytesBothWaysAndEndsInAnOrderlyWay) {
  ASSERT_TRUE(connect(certificate_)) << client_.error.what;
  EXPECT_EQ(server_->server_name(), "localhost");
  EXPECT_EQ(client_.stream->alpn(), "");
  run(client_.send("ping"));
  EXPECT_EQ(recv_of_server(), "ping");
  run(server_->send("pong"));
  EXPECT_EQ(recv(), "pong");
  run(client_.end());
  EXPECT_EQ(recv_of_server(), "");
  EXPECT_TRUE(server_->has_ended);
  run(server_->send("last words"));
  EXPECT_EQ(recv(), "last words");
  run(server_->end());
  EXPECT_EQ(recv(), "");
  EXPECT_EQ(client_.error.what, std::string());
}

TEST_P(TlsStreamTest, AgreesOnAProtocol) {
  client_.options.alpn = {"h2", "http/1.1"};
  ASSERT_TRUE(connect(certificate_, "h2"));
  EXPECT_EQ(client_.stream->alpn(), "h2");
}

TEST_P(TlsStreamTest, GoesOnWithoutAProtocolThatTheServerDoesNotKnow) {
  client_.options.alpn = {"h2"};
  ASSERT_TRUE(connect(certificate_, "http/1.1"));
  EXPECT_EQ(client_.stream->alpn(), "");
}

TEST_P(TlsStreamTest, AnAddressIsVerifiedAndNotToldToTheServer) {
  client_.options.server_name = "10.0.0.1";
  ASSERT_TRUE(connect(certificate_)) << client_.error.what;
  EXPECT_EQ(server_->server_name(), "");
  client_.stream.reset();
  client_.options.server_name = "10.0.0.2";
  EXPECT_FALSE(connect(certificate_));
  EXPECT_EQ(client_.error.code, Code::kUntrusted);
}

TEST_P(TlsStreamTest, ACertificateForSomebodyElseIsRefused) {
  client_.options.server_name = "db.example";
  EXPECT_FALSE(connect(certificate_));
  EXPECT_EQ(client_.error.code, Code::kUntrusted);
  EXPECT_EQ(client_.error.side, base::Side::kBackend);
  EXPECT_STREQ(client_.error.what, "hostname mismatch");
}

TEST_P(TlsStreamTest, ACertificateThatNobodyVouchesForIsRefused) {
  EXPECT_FALSE(connect(make_certificate_for_test("DNS:localhost")));
  EXPECT_EQ(client_.error.code, Code::kUntrusted);
}

TEST_P(TlsStreamTest, ACertificateOfThePastIsRefused) {
  const CertificateForTest old = make_certificate_for_test("DNS:localhost", -60);
  const TlsContext context = *TlsContext::make({.system = false, .pem = old.pem()});
  client_.context = &context;
  EXPECT_FALSE(connect(old));
  EXPECT_STREQ(client_.error.what, "certificate has expired");
}

TEST_P(TlsStreamTest, AnyCertificateWillDoForWhoVerifiesNone) {
  client_.options = {.server_name = "db.example", .verifies = false};
  ASSERT_TRUE(connect(make_certificate_for_test("DNS:localhost", -60)));
  EXPECT_EQ(server_->server_name(), "db.example");
  client_.options.server_name = "";
  EXPECT_TRUE(connect(certificate_));
}

TEST_P(TlsStreamTest, AskingForNobodyIsRefused) {
  client_.options.server_name = "";
  StreamPair pair = make_pair_for_test(*loop_);
  run(client_.connect(std::move(pair.client)));
  EXPECT_EQ(client_.error.code, Code::kInvalid);
}

TEST_P(TlsStreamTest, APeerThatSpeaksNoTlsIsFoundOut) {
  StreamPair pair = make_pair_for_test(*loop_);
  run(join_both(client_.connect(std::move(pair.client)), answer_without_tls(&pair.server)));
  EXPECT_EQ(client_.error.code, Code::kBadMessage);
  EXPECT_STREQ(client_.error.what, "wrong version number");
}

TEST_P(TlsStreamTest, APeerThatEndsTheHandshakeIsToldFromASilentOne) {
  StreamPair pair = make_pair_for_test(*loop_);
  run(join_both(client_.connect(std::move(pair.client)),
                close_after_a_word(std::move(pair.server))));
  EXPECT_EQ(client_.error.code, Code::kClosed);
  StreamPair silent = make_pair_for_test(*loop_);
  client_.timeout = base::Millis(20);
  run(client_.connect(std::move(silent.client)));
  EXPECT_EQ(client_.error.code, Code::kTimeout);
}

TEST_P(TlsStreamTest, AStreamThatIsCutOffIsNoEnd) {
  ASSERT_TRUE(connect(certificate_));
  run(server_->send("half"));
  server_->socket().close();
  EXPECT_EQ(recv(), "half");
  EXPECT_EQ(recv(), "");
  EXPECT_EQ(client_.error.code, Code::kReset);
}

TEST_P(TlsStreamTest, AChangeOfKeysIsAnswered) {
  ASSERT_TRUE(connect(certificate_));
  run(server_->update_keys());
  run(server_->send("with other keys"));
  EXPECT_EQ(recv(), "with other keys");
  run(client_.send("me too"));
  EXPECT_EQ(recv_of_server(), "me too");
}

// More than what either kernel holds: neither end may wait for the other one to be done first.
TEST_P(TlsStreamTest, OneTaskReceivesWhileAnotherSends) {
  ASSERT_TRUE(connect(certificate_));
  const std::string much(1 << 20, 'x');
  std::string got;
  std::string got_by_server;
  TaskScope scope;
  scope.spawn("send", client_.send(much));
  scope.spawn("recv", client_.recv_all(8 * 200'000, &got));
  scope.spawn("server recv", recv_of(server_.get(), much.size(), &got_by_server));
  for (int i = 0; i < 8; ++i) {
    run(server_->send(std::string(200'000, 'y')));
  }
  run(scope.join());
  EXPECT_EQ(got_by_server, much);
  EXPECT_EQ(got, std::string(8 * 200'000, 'y'));
}

TEST_P(TlsStreamTest, AWaitIsCutShortWithItsTask) {
  ASSERT_TRUE(connect(certificate_));
  std::string out;
  TaskScope scope;
  scope.spawn("recv", client_.recv_into(&out));
  run(scope.stop());
  EXPECT_EQ(client_.error.code, Code::kCancelled);
}

TEST(TlsContext, SaysWhenThereIsNothingToTrust) {
  EXPECT_TRUE(TlsContext::make({}));
  const auto made = TlsContext::make({.pem = "not a certificate"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kInvalid);
}

TEST(TlsEngine, RefusesAProtocolWithoutAName) {
  const auto context = TlsContext::make({});
  EXPECT_EQ(TlsEngine::make_client(*context, {.server_name = "a", .alpn = {""}}).error().code,
            Code::kInvalid);
}

}  // namespace
}  // namespace weft::io
