// gRPC and HTTP/2 PING checks, against one server that speaks HTTP/2 as a test says.
#include "health/backend_for_test.h"
#include "health/checks/grpc.h"
#include "health/checks/h2ping.h"
#include "health/tls_backend_for_test.h"
#include "io/driver_fixture_for_test.h"
#include "wire/http2_server_for_test.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace weft::health {
namespace {

using model::CheckKind;
using model::CheckStatus;
using wire::Http2ScriptForTest;

Http2ScriptForTest make_health_script(char status) {
  return {.fields = {{"content-type", "application/grpc"}},
          .body = std::string("\0\0\0\0\2\x08", 6) + status,
          .trailers = {{"grpc-status", "0"}}};
}

// Thread: its loop. The loop turns in the destructor.
class Http2BackendForTest final {
 public:
  Http2BackendForTest(io::Loop& loop, Http2ScriptForTest script)
      : loop_(loop), listener_(*io::listen(loop, *base::parse_socket_address("127.0.0.1:0"), {})) {
    scope_.spawn("serve", serve(this, std::move(script)));
  }
  Http2BackendForTest(const Http2BackendForTest&) = delete;
  Http2BackendForTest& operator=(const Http2BackendForTest&) = delete;
  ~Http2BackendForTest() { loop_.run_until_done(scope_.stop()); }

  std::uint16_t port() const { return listener_.local_address().port; }
  const wire::Http2Fields& fields() const { return fields_; }
  const std::string& body() const { return body_; }
  bool was_asked() const { return was_asked_; }

 private:
  static io::Task<void> serve(Http2BackendForTest* self, Http2ScriptForTest script) {
    auto accepted = co_await self->listener_.accept();
    if (!accepted) {
      co_return;
    }
    self->was_asked_ = true;
    wire::Http2ServerForTest server(std::move(script));
    for (;;) {
      io::Buffer in;
      const auto count = co_await accepted->socket.recv_pooled(in, base::kNever);
      if (!count || *count == 0 || !server.fold(in.view())) {
        co_return;
      }
      self->fields_ = server.fields();
      self->body_ = server.body();
      const std::string out = server.take_output();
      base::ignore(co_await accepted->socket.send(out, base::kNever), "the probe may be gone");
    }
  }

  io::Loop& loop_;
  io::Listener listener_;
  wire::Http2Fields fields_;
  std::string body_;
  bool was_asked_ = false;
  io::TaskScope scope_;
};

io::Task<void> serve_h2_over_tls(io::TlsServerForTest* tls) {
  wire::Http2ServerForTest server(make_health_script('\1'));
  for (;;) {
    const std::string in = co_await tls->recv();
    if (in.empty() || !server.fold(in)) {
      co_return;
    }
    co_await tls->send(server.take_output());
  }
}

class Http2CheckTest : public testing::TestWithParam<const char*> {
 protected:
  static model::CheckSpec make_spec(CheckKind kind, std::string target = {}) {
    model::CheckSpec spec;
    spec.kind = kind;
    spec.target = std::move(target);
    return spec;
  }
  ProbeResult probe(Check& check, std::uint16_t port, model::CheckSpec spec,
                    base::Nanos timeout = base::Seconds(30)) {
    return probe_for_test(*loop_, check, make_instance_for_test("127.0.0.1", port, std::move(spec)),
                          timeout);
  }
  // Asks a server of this script.
  ProbeResult ask(Http2ScriptForTest script) {
    const Http2BackendForTest backend(*loop_, std::move(script));
    port_ = std::to_string(backend.port());
    return probe(grpc_, backend.port(), make_spec(CheckKind::kGrpc));
  }
  ProbeResult ping(Http2ScriptForTest script) {
    const Http2BackendForTest backend(*loop_, std::move(script));
    port_ = std::to_string(backend.port());
    return probe(h2ping_, backend.port(), make_spec(CheckKind::kH2ping));
  }

  std::unique_ptr<io::Loop> loop_ = io::make_loop_for_test(GetParam());
  io::FixedResolver resolver_;
  io::CertificateForTest certificate_ = io::make_certificate_for_test("IP:127.0.0.1,DNS:shop");
  Dialer dialer_{*loop_, resolver_, {}, {.system = false, .pem = certificate_.pem()}};
  GrpcCheck grpc_{dialer_};
  H2pingCheck h2ping_{dialer_};
  std::string port_;
};

INSTANTIATE_TEST_SUITE_P(EachDriver, Http2CheckTest, testing::ValuesIn(io::driver_names_for_test()),
                         [](const auto& name) { return std::string(name.param); });

TEST_P(Http2CheckTest, AServerThatServesPasses) {
  const ProbeResult result = ask(make_health_script('\1'));
  EXPECT_EQ(result.status, CheckStatus::kPassing);
  EXPECT_EQ(result.output, "gRPC check 127.0.0.1:" + port_ + ": success");
  EXPECT_GT(result.response_time, base::Nanos(0));
}

TEST_P(Http2CheckTest, TheServiceOfTheTargetIsAskedFor) {
  resolver_.set("shop", {base::IpAddress::loopback()});
  const Http2BackendForTest backend(*loop_, make_health_script('\1'));
  const std::string authority = "shop:" + std::to_string(backend.port());
  const ProbeResult result =
      probe(grpc_, 1, make_spec(CheckKind::kGrpc, authority + "/shop.Orders"));
  EXPECT_EQ(result.output, "gRPC check " + authority + "/shop.Orders: success");
  EXPECT_EQ(backend.fields(), (wire::Http2Fields{{":method", "POST"},
                                                 {":scheme", "http"},
                                                 {":authority", authority},
                                                 {":path", "/grpc.health.v1.Health/Check"},
                                                 {"content-type", "application/grpc"},
                                                 {"te", "trailers"},
                                                 {"user-agent", "weft-health"}}));
  EXPECT_EQ(backend.body(), std::string("\0\0\0\0\x0d\x0a\x0bshop.Orders", 18));
}

TEST_P(Http2CheckTest, AnythingButServingIsAnAnswerThatFails) {
  const std::vector<std::pair<Http2ScriptForTest, std::string>> cases{
      {make_health_script('\2'), "gRPC 127.0.0.1:PORT serving status: NOT_SERVING"},
      {make_health_script('\0'), "gRPC 127.0.0.1:PORT serving status: UNKNOWN"},
      {make_health_script('\3'), "gRPC 127.0.0.1:PORT serving status: SERVICE_UNKNOWN"},
      {{.fields = {{"grpc-status", "12"}, {"grpc-message", "unknown%20service"}}},
       "rpc error: code = Unimplemented desc = unknown service"},
      {{.body = std::string("\0\0\0\0\2\x08\1", 7), .trailers = {{"grpc-status", "14"}}},
       "rpc error: code = Unavailable desc = "},
      {{.fields = {{"grpc-status", "99"}}}, "rpc error: code = 99 desc = "},
      {{.status = "404", .body = "nobody"},
       "gRPC check 127.0.0.1:PORT: no gRPC, but HTTP status 404"},
      {{.fields = {{"grpc-status", "0"}}},
       "gRPC check 127.0.0.1:PORT: the answer holds no message"},
  };
  for (const auto& [script, wanted] : cases) {
    const ProbeResult result = ask(script);
    EXPECT_EQ(result.status, CheckStatus::kCritical);
    EXPECT_FALSE(result.no_answer);
    std::string output = wanted;
    if (const std::size_t at = output.find("PORT"); at != std::string::npos) {
      output.replace(at, 4, port_);
    }
    EXPECT_EQ(result.output, output);
  }
}

TEST_P(Http2CheckTest, ARefusalOfTheStreamFails) {
  const ProbeResult result = ask({.resets = true});
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_EQ(result.output, "gRPC check 127.0.0.1:" + port_ + ": connection reset");
}

TEST_P(Http2CheckTest, APingIsAnswered) {
  const ProbeResult result = ping({});
  EXPECT_EQ(result.status, CheckStatus::kPassing);
  EXPECT_EQ(result.output, "HTTP2 ping was successful");
}

TEST_P(Http2CheckTest, AServerThatLeavesInsteadFails) {
  const ProbeResult result = ping({.leaves = true});
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_TRUE(result.output.starts_with("HTTP2 ping failed: ")) << result.output;
}

TEST_P(Http2CheckTest, AServerOfAnotherProtocolIsAnAnswerThatFails) {
  const BackendForTest backend(*loop_);
  const ProbeResult pinged = probe(h2ping_, backend.port(), make_spec(CheckKind::kH2ping));
  EXPECT_EQ(pinged.status, CheckStatus::kCritical);
  EXPECT_FALSE(pinged.no_answer);
  EXPECT_EQ(pinged.output, "HTTP2 ping failed: the answer is not HTTP/2");
  const ProbeResult asked = probe(grpc_, backend.port(), make_spec(CheckKind::kGrpc));
  EXPECT_TRUE(asked.output.ends_with(": the answer is not HTTP/2")) << asked.output;
}

TEST_P(Http2CheckTest, ASilentServerTimesOut) {
  BackendForTest backend(*loop_);
  backend.pieces = {};
  backend.keeps_open = true;
  const ProbeResult result =
      probe(h2ping_, backend.port(), make_spec(CheckKind::kH2ping), base::Millis(20));
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_TRUE(result.no_answer);
  EXPECT_EQ(result.output, "HTTP2 ping failed: timed out");
}

TEST_P(Http2CheckTest, NobodyListeningIsNoAnswer) {
  std::uint16_t port = 0;
  {
    const BackendForTest gone(*loop_);
    port = gone.port();
  }
  const std::string text = "127.0.0.1:" + std::to_string(port) + ": connection refused";
  const ProbeResult pinged = probe(h2ping_, port, make_spec(CheckKind::kH2ping));
  EXPECT_TRUE(pinged.no_answer);
  EXPECT_EQ(pinged.output, "Failed to dial to " + text);
  const ProbeResult asked = probe(grpc_, port, make_spec(CheckKind::kGrpc));
  EXPECT_TRUE(asked.no_answer);
  EXPECT_EQ(asked.output, "gRPC check " + text);
}

TEST_P(Http2CheckTest, BothAreAskedOverTlsWhenTheCheckSaysSo) {
  const TlsBackendForTest backend(*loop_, certificate_, "h2", &serve_h2_over_tls);
  for (Check* check : {static_cast<Check*>(&grpc_), static_cast<Check*>(&h2ping_)}) {
    model::CheckSpec spec = make_spec(CheckKind::kGrpc);
    spec.details.emplace().tls = true;
    EXPECT_EQ(probe(*check, backend.port(), spec).status, CheckStatus::kPassing);
    spec.details->tls_server_name = "other";
    const ProbeResult result = probe(*check, backend.port(), spec);
    EXPECT_EQ(result.status, CheckStatus::kCritical);
    EXPECT_TRUE(result.output.ends_with(": hostname mismatch")) << result.output;
    spec.details->tls_skip_verify = true;
    EXPECT_EQ(probe(*check, backend.port(), spec).status, CheckStatus::kPassing);
    EXPECT_EQ(backend.last_server_name(), "other");
  }
}

TEST_P(Http2CheckTest, AnAddressOutsideOfTheAllowedNetworksIsNotProbed) {
  const Http2BackendForTest backend(*loop_, make_health_script('\1'));
  Dialer fenced(*loop_, resolver_, {*base::parse_network("10.0.0.0/8")});
  GrpcCheck grpc(fenced);
  H2pingCheck h2ping(fenced);
  for (Check* check : {static_cast<Check*>(&grpc), static_cast<Check*>(&h2ping)}) {
    for (const bool tls : {false, true}) {
      model::CheckSpec spec = make_spec(CheckKind::kGrpc);
      spec.details.emplace().tls = tls;
      const ProbeResult result = probe(*check, backend.port(), spec);
      EXPECT_EQ(result.status, CheckStatus::kCritical);
      EXPECT_TRUE(result.output.ends_with("outside of the networks probed")) << result.output;
    }
  }
  EXPECT_FALSE(backend.was_asked());
}

TEST_P(Http2CheckTest, ATargetThatCannotBeProbedIsCriticalAndSaysWhy) {
  EXPECT_EQ(probe(grpc_, 0, make_spec(CheckKind::kGrpc)).output,
            "the instance has no port that can be probed");
  EXPECT_EQ(probe(h2ping_, 0, make_spec(CheckKind::kH2ping)).status, CheckStatus::kCritical);
  EXPECT_EQ(probe(grpc_, 80, make_spec(CheckKind::kGrpc, "nonsense/x")).status,
            CheckStatus::kCritical);
}

}  // namespace
}  // namespace weft::health
