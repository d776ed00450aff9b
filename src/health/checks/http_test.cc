#include "health/checks/http.h"

#include "health/backend_for_test.h"
#include "health/tls_backend_for_test.h"
#include "io/driver_fixture_for_test.h"
#include "io/tls_server_for_test.h"

#include <gtest/gtest.h>

#include <memory>

namespace weft::health {
namespace {

using model::CheckStatus;
using model::HttpVerdict;

TEST(HttpVerdict, ReadsAStatusAsItsFaceAsksFor) {
  struct Case {
    int status;
    CheckStatus success;
    CheckStatus lenient;
    CheckStatus strict;
  };
  constexpr auto kGood = CheckStatus::kPassing;
  constexpr auto kSoSo = CheckStatus::kWarning;
  constexpr auto kBad = CheckStatus::kCritical;
  for (const Case& one :
       {Case{101, kBad, kBad, kBad}, Case{200, kGood, kGood, kGood}, Case{201, kGood, kSoSo, kGood},
        Case{299, kGood, kSoSo, kGood}, Case{302, kBad, kSoSo, kBad}, Case{404, kBad, kSoSo, kBad},
        Case{429, kBad, kSoSo, kSoSo}, Case{499, kBad, kSoSo, kBad}, Case{500, kBad, kBad, kBad},
        Case{999, kBad, kBad, kBad}}) {
    const auto status = static_cast<std::uint16_t>(one.status);
    EXPECT_EQ(judge_status(HttpVerdict::kSuccess, status), one.success) << one.status;
    EXPECT_EQ(judge_status(HttpVerdict::kLenient, status), one.lenient) << one.status;
    EXPECT_EQ(judge_status(HttpVerdict::kStrict, status), one.strict) << one.status;
  }
}

class HttpCheckTest : public testing::TestWithParam<const char*> {
 protected:
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(backend_.port()) + "/health";
  }
  // The timeout is of real time on the real drivers: no test but of the timeout itself may meet it.
  ProbeResult probe(model::CheckSpec spec = {}, base::Nanos timeout = base::Seconds(30)) {
    return probe_for_test(*loop_, check_,
                          make_instance_for_test("127.0.0.1", backend_.port(), std::move(spec)),
                          timeout);
  }

  std::unique_ptr<io::Loop> loop_ = io::make_loop_for_test(GetParam());
  io::FixedResolver resolver_;
  Dialer dialer_{*loop_, resolver_, {}};
  HttpCheck check_{dialer_};
  BackendForTest backend_{*loop_};
};

INSTANTIATE_TEST_SUITE_P(EachDriver, HttpCheckTest, testing::ValuesIn(io::driver_names_for_test()),
                         [](const auto& name) { return std::string(name.param); });

TEST_P(HttpCheckTest, AnAnswerWithinTheVerdictPasses) {
  const ProbeResult result = probe();
  EXPECT_EQ(result.status, CheckStatus::kPassing);
  EXPECT_FALSE(result.no_answer);
  EXPECT_EQ(result.output, "HTTP GET " + url() + ": 200 OK Output: fine");
  EXPECT_GT(result.response_time, base::Nanos(0));
  EXPECT_EQ(backend_.last_request(),
            "GET /health HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(backend_.port()) +
                "\r\nUser-Agent: weft-health\r\nAccept: */*\r\nConnection: close\r\n\r\n");
}

// Consul CVE-2022-29153.
TEST_P(HttpCheckTest, AnAddressOutsideOfTheAllowedNetworksIsNotProbed) {
  resolver_.set("rebound", {base::IpAddress::loopback()});
  Dialer fenced(*loop_, resolver_, {*base::parse_network("10.0.0.0/8")});
  HttpCheck check(fenced);
  for (const char* address : {"127.0.0.1", "rebound"}) {
    const ProbeResult result = probe_for_test(
        *loop_, check, make_instance_for_test(address, backend_.port(), {}), base::Millis(100));
    EXPECT_EQ(result.status, CheckStatus::kCritical);
    EXPECT_TRUE(result.output.ends_with("outside of the networks probed")) << result.output;
  }
  EXPECT_EQ(backend_.connections(), 0);
}

TEST_P(HttpCheckTest, TheMethodTheFieldsAndTheBodyAreThoseOfTheCheck) {
  model::CheckSpec spec;
  model::CheckDetails& details = spec.details.emplace();
  details.method = "POST";
  details.header = {{"Host", {"shop.example"}}};
  details.body = "ping";
  EXPECT_EQ(probe(std::move(spec)).output, "HTTP POST " + url() + ": 200 OK Output: fine");
  EXPECT_EQ(backend_.last_request(),
            "POST /health HTTP/1.1\r\nUser-Agent: weft-health\r\nAccept: */*\r\n"
            "Host: shop.example\r\nConnection: close\r\nContent-Length: 4\r\n\r\nping");
}

TEST_P(HttpCheckTest, AnAnswerToAHeadHasNoBody) {
  backend_.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"};
  backend_.keeps_open = true;
  model::CheckSpec spec;
  spec.details.emplace().method = "HEAD";
  const ProbeResult result = probe(std::move(spec));  // whose timeout no test may meet
  EXPECT_EQ(result.status, CheckStatus::kPassing);
  EXPECT_EQ(result.output, "HTTP HEAD " + url() + ": 200 OK");
}

TEST_P(HttpCheckTest, ARequestThatCannotBeSentIsCriticalAndSaysWhy) {
  model::CheckSpec spec;
  spec.details.emplace().header = {{"X", {"a\r\nY: b"}}};
  const ProbeResult result = probe(std::move(spec));
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_EQ(result.output, "a header of the check cannot be sent");
  EXPECT_EQ(backend_.connections(), 0);
}

TEST_P(HttpCheckTest, EachProbeMakesAConnectionOfItsOwn) {
  probe();
  probe();
  EXPECT_EQ(backend_.connections(), 2);
}

TEST_P(HttpCheckTest, AnAnswerInPiecesIsPutTogether) {
  backend_.pieces = {"HTTP/1.1 2", "00 OK\r\nTransfer-Enc", "oding: chunked\r\n\r\n4\r", "\nfi",
                     "ne\r\n0\r\n\r\n"};
  EXPECT_EQ(probe().output, "HTTP GET " + url() + ": 200 OK Output: fine");
}

TEST_P(HttpCheckTest, AFailingStatusIsAnAnswer) {
  backend_.pieces = {"HTTP/1.1 503 \r\nContent-Length: 0\r\n\r\n"};
  const ProbeResult result = probe();
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_FALSE(result.no_answer);
  EXPECT_EQ(result.output, "HTTP GET " + url() + ": 503");
}

// Consul CVE-2022-29153.
TEST_P(HttpCheckTest, ARedirectIsNotFollowed) {
  backend_.pieces = {"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"};
  EXPECT_EQ(probe().status, CheckStatus::kCritical);
  EXPECT_EQ(backend_.connections(), 1);
}

TEST_P(HttpCheckTest, ASilentBackendTimesOut) {
  backend_.pieces = {};
  backend_.keeps_open = true;
  const ProbeResult result = probe({}, base::Millis(100));
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_TRUE(result.no_answer);
  EXPECT_EQ(result.output, "HTTP GET " + url() + ": timed out");
  EXPECT_GE(result.response_time, base::Millis(100));
}

TEST_P(HttpCheckTest, AConnectionThatEndsUnansweredIsNoAnswer) {
  backend_.pieces = {};
  const ProbeResult result = probe();
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_TRUE(result.no_answer);
  EXPECT_EQ(result.output, "HTTP GET " + url() + ": connection closed without an answer");
}

TEST_P(HttpCheckTest, WhatIsNotHttpIsAnAnswerAllTheSame) {
  backend_.pieces = {"220 mail ESMTP\r\n\r\n"};
  const ProbeResult result = probe();
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_FALSE(result.no_answer);
  EXPECT_EQ(result.output, "HTTP GET " + url() + ": the answer is not HTTP/1.1");
}

TEST_P(HttpCheckTest, ABodyThatNeverEndsDoesNotChangeTheVerdict) {
  backend_.pieces = {"HTTP/1.1 200 OK\r\n\r\nhello"};
  backend_.keeps_open = true;
  const ProbeResult result = probe({}, base::Seconds(1));
  EXPECT_EQ(result.status, CheckStatus::kPassing);
  EXPECT_LT(result.response_time, base::Seconds(1));  // the head's, not the deadline's
}

TEST_P(HttpCheckTest, AnEndlessBodyIsNotReadThrough) {
  backend_.pieces = {"HTTP/1.1 200 OK\r\n\r\n"};
  for (int i = 0; i < 40; ++i) {
    backend_.pieces.emplace_back(1000, 'x');
  }
  const ProbeResult result = probe();
  EXPECT_EQ(result.status, CheckStatus::kPassing);
  EXPECT_LE(result.output.size(), model::CheckState::kOutputBytesMax);
}

TEST_P(HttpCheckTest, NobodyListeningIsNoAnswer) {
  std::uint16_t port = 0;
  {
    const BackendForTest gone(*loop_);
    port = gone.port();
  }
  const ProbeResult result =
      probe_for_test(*loop_, check_, make_instance_for_test("127.0.0.1", port));
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_TRUE(result.no_answer);
  EXPECT_TRUE(result.output.ends_with(": connection refused")) << result.output;
}

TEST_P(HttpCheckTest, ATargetOfItsOwnIsProbedInsteadOfTheInstance) {
  resolver_.set("probe.local", {base::IpAddress::loopback()});
  model::CheckSpec spec;
  spec.target = "http://probe.local:" + std::to_string(backend_.port()) + "/ready?deep=1";
  const ProbeResult result =
      probe_for_test(*loop_, check_, make_instance_for_test("10.255.255.1", 1, std::move(spec)));
  EXPECT_EQ(result.status, CheckStatus::kPassing);
  EXPECT_TRUE(backend_.last_request().starts_with("GET /ready?deep=1 HTTP/1.1\r\nHost: probe."));
}

TEST_P(HttpCheckTest, ATargetThatCannotBeProbedIsCriticalAndSaysWhy) {
  model::CheckSpec spec;
  spec.target = "ftp://127.0.0.1/";
  const ProbeResult result = probe(std::move(spec));
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_EQ(result.output, "the target is not an http URL");
  const ProbeResult no_port =
      probe_for_test(*loop_, check_, make_instance_for_test("127.0.0.1", 70'000));
  EXPECT_EQ(no_port.output, "the instance has no port that can be probed");
}

TEST_P(HttpCheckTest, AnUnknownNameIsNoAnswer) {
  const ProbeResult result = probe_for_test(*loop_, check_, make_instance_for_test("nowhere", 80));
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_TRUE(result.no_answer);
  EXPECT_EQ(result.output, "HTTP GET http://nowhere:80/health: the name does not resolve");
}

TEST_P(HttpCheckTest, AProbeThatIsCutShortSaysNothing) {
  backend_.pieces = {};
  backend_.keeps_open = true;
  ProbeResult result;
  result.status = CheckStatus::kPassing;
  io::TaskScope scope;
  scope.spawn("probe",
              probe_into(&check_,
                         make_target_for_test(make_instance_for_test("127.0.0.1", backend_.port())),
                         loop_->now() + base::Seconds(10), &result));
  run_for(*loop_, base::Millis(20));
  loop_->run_until_done(scope.stop());
  EXPECT_EQ(result.status, CheckStatus::kNone);
}

io::Task<void> answer_http(io::TlsServerForTest* server) {
  const std::string request = co_await server->recv();
  const bool is_known = request.starts_with("GET /health HTTP/1.1\r\n") &&
                        request.contains("\r\nHost: shop.example:");
  co_await server->send(is_known ? "HTTP/1.1 200 OK\r\n\r\nfi"
                                 : "HTTP/1.1 400 Bad Request\r\n\r\n");
  co_await server->send("ne");
  co_await server->end();
}

class HttpsCheckTest : public testing::TestWithParam<const char*> {
 protected:
  ProbeResult probe(const model::CheckDetails& details = {},
                    const std::string& host = "shop.example") {
    resolver_.set("shop.example", {base::IpAddress::loopback()});
    model::CheckSpec spec;
    spec.target = "https://" + host + ":" + std::to_string(backend_.port()) + "/health";
    spec.details.emplace() = details;
    return probe_for_test(*loop_, check_, make_instance_for_test("10.255.255.1", 1, spec),
                          base::Seconds(30));
  }
  std::string failure(const std::string& text, const std::string& host = "shop.example") const {
    return "HTTP GET https://" + host + ":" + std::to_string(backend_.port()) + "/health: " + text;
  }

  std::unique_ptr<io::Loop> loop_ = io::make_loop_for_test(GetParam());
  io::CertificateForTest certificate_ = io::make_certificate_for_test("DNS:shop.example");
  TlsBackendForTest backend_{*loop_, certificate_, "http/1.1", &answer_http};
  io::FixedResolver resolver_;
  Dialer dialer_{*loop_, resolver_, {}, {.system = false, .pem = certificate_.pem()}};
  HttpCheck check_{dialer_};
};

INSTANTIATE_TEST_SUITE_P(EachDriver, HttpsCheckTest, testing::ValuesIn(io::driver_names_for_test()),
                         [](const auto& name) { return std::string(name.param); });

TEST_P(HttpsCheckTest, AnAnswerOverTlsCountsAsAnyOther) {
  const ProbeResult result = probe();
  EXPECT_EQ(result.status, CheckStatus::kPassing);
  EXPECT_EQ(result.output, failure("200 OK Output: fine"));
  EXPECT_EQ(backend_.last_server_name(), "shop.example");
}

TEST_P(HttpsCheckTest, ACertificateForSomebodyElseIsAnAnswerThatFails) {
  resolver_.set("other.example", {base::IpAddress::loopback()});
  const ProbeResult result = probe({}, "other.example");
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_FALSE(result.no_answer);
  EXPECT_EQ(result.output, failure("hostname mismatch", "other.example"));
  EXPECT_EQ(probe({}, "127.0.0.1").output, failure("IP address mismatch", "127.0.0.1"));
}

TEST_P(HttpsCheckTest, TheServerMayHaveAnotherNameThanItsAddress) {
  model::CheckDetails details;
  details.tls_server_name = "shop.example";
  details.header = {{"Host", {"shop.example:1"}}};
  EXPECT_EQ(probe(details, "127.0.0.1").status, CheckStatus::kPassing);
  EXPECT_EQ(backend_.last_server_name(), "shop.example");
}

TEST_P(HttpsCheckTest, AnyCertificateWillDoWhereTheCheckSaysSo) {
  Dialer trusts_nobody(*loop_, resolver_, {}, {.system = false});
  HttpCheck check(trusts_nobody);
  resolver_.set("shop.example", {base::IpAddress::loopback()});
  model::CheckSpec spec;
  spec.target = "https://shop.example:" + std::to_string(backend_.port()) + "/health";
  const auto instance = [&spec] { return make_instance_for_test("10.255.255.1", 1, spec); };
  EXPECT_EQ(probe_for_test(*loop_, check, instance(), base::Seconds(30)).status,
            CheckStatus::kCritical);
  spec.details.emplace().tls_skip_verify = true;
  EXPECT_EQ(probe_for_test(*loop_, check, instance(), base::Seconds(30)).status,
            CheckStatus::kPassing);
}

TEST_P(HttpsCheckTest, ABackendWithoutTlsIsFoundOut) {
  const BackendForTest plain(*loop_);
  model::CheckSpec spec;
  spec.target = "https://127.0.0.1:" + std::to_string(plain.port()) + "/";
  const ProbeResult result = probe_for_test(
      *loop_, check_, make_instance_for_test("10.255.255.1", 1, spec), base::Seconds(30));
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_TRUE(result.output.ends_with("/: wrong version number")) << result.output;
}

TEST_P(HttpsCheckTest, AnAddressOutsideOfTheAllowedNetworksIsNotAskedForItsCertificate) {
  resolver_.set("shop.example", {base::IpAddress::loopback()});
  Dialer fenced(*loop_, resolver_, {*base::parse_network("10.0.0.0/8")});
  HttpCheck check(fenced);
  model::CheckSpec spec;
  spec.target = "https://shop.example:" + std::to_string(backend_.port()) + "/health";
  const ProbeResult result =
      probe_for_test(*loop_, check, make_instance_for_test("10.255.255.1", 1, spec));
  EXPECT_EQ(result.output, failure("outside of the networks probed"));
  EXPECT_EQ(backend_.last_server_name(), "");
}

}  // namespace
}  // namespace weft::health
