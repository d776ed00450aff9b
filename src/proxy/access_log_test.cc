#include "proxy/access_log.h"

#include "base/json.h"
#include "proxy/access_entry_for_test.h"
#include "proxy/gateway_fixture_for_test.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace weft::proxy {
namespace {

// With its real thread and a real file.
class AccessLogTest : public testing::Test {
 protected:
  ~AccessLogTest() override {
    access_log.reset();
    std::filesystem::remove_all(directory);
  }

  static std::filesystem::path make_directory() {
    std::string name = testing::TempDir() + "weft-access-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    return name;
  }

  void open(std::size_t ring_bytes = 1024 * 1024) {
    auto opened = AccessLog::open({loop, log, registry}, {path, ring_bytes});
    ASSERT_TRUE(opened);
    access_log = std::move(*opened);
  }

  static io::Task<void> stop(AccessLog* access_log) { co_await access_log->stop(); }

  static void write(AccessRing& ring, std::uint16_t status) {
    model::Record record;
    record.status = status;
    const AccessNote nothing;
    ring.write({record, nothing, "10.0.0.1", {}, {}, {}, {}});
  }

  static std::size_t lines_in(const std::string& file) {
    std::size_t count = 0;
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line); ++count) {
      EXPECT_TRUE(base::parse_json(line)) << line;
    }
    return count;
  }

  std::filesystem::path directory = make_directory();
  std::string path = directory / "access.log";
  std::ostringstream said;
  base::Log log{{.queue_lines = 0}, said};
  base::MeterRegistry registry;
  io::Loop loop{*io::make_driver(io::DriverKind::kEpoll), "control", 1};
  std::unique_ptr<AccessLog> access_log;
};

TEST_F(AccessLogTest, WritesEveryLineOfEveryLoopBeforeItStops) {
  open();
  AccessRing& first = access_log->add_ring();
  AccessRing& second = access_log->add_ring();
  access_log->start();
  {
    std::jthread one([&first] {
      for (int i = 0; i < 500; ++i) {
        write(first, 200);
      }
    });
    for (int i = 0; i < 700; ++i) {
      write(second, 201);
    }
  }
  loop.run_until_done(stop(access_log.get()));
  EXPECT_EQ(lines_in(path), 1200U);
}

TEST_F(AccessLogTest, ComesAtOnceWhenARingIsHalfFull) {
  open(16 * 1024);
  AccessRing& ring = access_log->add_ring();
  access_log->start();
  // Many times what fits; a busy reader may still lose some, and says so.
  for (int i = 0; i < 2000; ++i) {
    write(ring, 200);
    if (i % 20 == 0) {
      std::this_thread::yield();
    }
  }
  loop.run_until_done(stop(access_log.get()));
  std::uint64_t dropped = 0;
  for (const base::MeterFamily& family : registry.collect()) {
    for (const base::MeterSample& sample : family.samples) {
      dropped +=
          family.info.name == kAccessLinesDropped.name ? std::get<std::uint64_t>(sample.value) : 0;
    }
  }
  EXPECT_EQ(lines_in(path) + dropped, 2000U);
}

TEST_F(AccessLogTest, GoesOnInANewFileWhenTheOldOneWasMovedAway) {
  open();
  AccessRing& ring = access_log->add_ring();
  access_log->start();
  write(ring, 200);
  std::filesystem::rename(path, directory / "old");
  access_log->reopen();
  while (!std::filesystem::exists(path)) {
    std::this_thread::yield();
  }
  write(ring, 201);
  write(ring, 202);
  loop.run_until_done(stop(access_log.get()));
  EXPECT_EQ(lines_in(directory / "old"), 1U);
  EXPECT_EQ(lines_in(path), 2U);
}

TEST_F(AccessLogTest, StopsWithoutEverHavingStarted) {
  open();
  write(access_log->add_ring(), 200);
  loop.run_until_done(stop(access_log.get()));
  EXPECT_EQ(lines_in(path), 1U);
}

// The gateway on the sim: what an exchange says.
class ExchangeAccessTest : public GatewayTest {
 protected:
  void start_logged(std::vector<std::uint16_t> ports, model::ClusterSettings settings = {}) {
    access = std::make_unique<AccessRing>(1024 * 1024, meters, [] {});
    start(std::move(ports), std::move(settings));
  }

  std::vector<json::object> lines() {
    world.run_until([] { return false; }, 1s);  // an exchange may end after its client has left
    std::vector<json::object> out;
    access->drain([&](const AccessEntry& entry) {
      std::string line;
      append_access_line(line, entry);
      const auto value = base::parse_json(line);
      EXPECT_TRUE(value) << line;
      out.push_back(value->as_object());
    });
    return out;
  }
};

TEST_F(ExchangeAccessTest, ALineTellsOfARequestThatWentWell) {
  FakeBackend& backend = add_backend([](const std::string&) { return answer_with("hello"); });
  start_logged({9001});
  const std::string answer = talk(
      "POST /a?b=%22 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: a \"test\"\r\n"
      "X-Request-ID: r-1\r\nX-Trace-Id: order-17\r\nContent-Length: 2\r\n"
      "Connection: close\r\n\r\nhi",
      "");
  const auto seen = lines();
  ASSERT_EQ(seen.size(), 1U);
  const json::object& line = seen[0];
  EXPECT_EQ(line.at("client"), "127.0.0.1");
  EXPECT_EQ(line.at("method"), "POST");
  EXPECT_EQ(line.at("host"), "shop.example");
  EXPECT_EQ(line.at("path"), "/a?b=%22");
  EXPECT_EQ(line.at("status"), 200);
  EXPECT_EQ(line.at("response_bytes"), static_cast<std::int64_t>(answer.size()));
  EXPECT_EQ(line.at("service"), "web");
  EXPECT_EQ(line.at("instance"), "web-9001");
  EXPECT_EQ(line.at("retries"), 0);
  EXPECT_EQ(line.at("trace_id"), "order-17");
  EXPECT_EQ(line.at("request_id"), "r-1");
  EXPECT_EQ(line.at("user_agent"), "a \"test\"");
  EXPECT_GE(line.at("duration_ms").to_number<double>(),
            line.at("first_byte_ms").to_number<double>());
  EXPECT_FALSE(line.contains("error"));
  EXPECT_EQ(backend.requests.size(), 1U);
}

TEST_F(ExchangeAccessTest, PipelinedAndStreamedRequestsKeepTheirOwnTexts) {
  add_backend([](const std::string&) { return answer_with("ok"); });
  start_logged({9001});
  talk(
      "GET /first HTTP/1.1\r\nHost: a\r\n\r\n"
      "POST /second HTTP/1.1\r\nHost: bb\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      "GET /third HTTP/1.1\r\nHost: ccc\r\nConnection: close\r\n\r\n",
      "");
  const auto seen = lines();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].at("path"), "/first");
  EXPECT_EQ(seen[1].at("path"), "/second");
  EXPECT_EQ(seen[1].at("host"), "bb");
  EXPECT_EQ(seen[2].at("path"), "/third");
  EXPECT_EQ(seen[2].at("host"), "ccc");
}

TEST_F(ExchangeAccessTest, ALineNamesTheInstanceThatAnsweredAtLast) {
  int calls = 0;
  const auto script = [&](const std::string&) -> std::string {
    return ++calls == 1 ? std::string() : answer_with("ok");
  };
  add_backend(script);
  add_backend(script);
  start_logged({9001, 9002});
  const std::string answer = talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
  const auto seen = lines();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].at("retries"), 1);
  EXPECT_TRUE(
      contains(answer, "X-Mesh-Instance: " + std::string(seen[0].at("instance").as_string())));
  EXPECT_FALSE(seen[0].contains("error")) << "made good";
}

TEST_F(ExchangeAccessTest, ALineSaysWhyWeAnsweredOurselves) {
  add_backend([](const std::string&) { return std::string(); });
  start_logged({9001});
  talk("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "");
  talk("TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
  talk("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "");
  const auto seen = lines();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].at("status"), 502);
  EXPECT_EQ(seen[0].at("error"), "backend_closed");
  EXPECT_EQ(seen[0].at("side"), "backend");
  EXPECT_EQ(seen[0].at("instance"), "web-9001");
  EXPECT_EQ(seen[1].at("status"), 405);
  EXPECT_EQ(seen[1].at("error"), "method_not_allowed");
  EXPECT_EQ(seen[1].at("side"), "client");
  EXPECT_FALSE(seen[1].contains("service"));
  EXPECT_EQ(seen[2].at("status"), 400) << "a head that cannot be read has a line as well";
  EXPECT_EQ(seen[2].at("error"), "bad_request");
  EXPECT_FALSE(seen[2].contains("path"));
}

TEST_F(ExchangeAccessTest, AnInstanceThatLeftMeanwhileIsStillNamed) {
  add_backend([this](const std::string&) {
    publish({9002});
    return answer_with("ok");
  });
  start_logged({9001});
  talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
  const auto seen = lines();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].at("instance"), "web-9001");
}

TEST_F(ExchangeAccessTest, ATunnelHasItsLineAtItsEnd) {
  add_backend([](const std::string&) {
    return std::string(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n");
  }).closes_after_answer = true;
  start_logged({9001});
  talk("GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "");
  const auto seen = lines();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].at("status"), 101);
  EXPECT_EQ(seen[0].at("path"), "/socket");
}

}  // namespace
}  // namespace weft::proxy
