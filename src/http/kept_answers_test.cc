#include "http/kept_answers.h"

#include "http/server_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace weft::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// A counter that is answered, and kept as long as a version stays.
struct Counted {
  int handled = 0;
  int version = 1;
  bool keeps = true;
};

class WhileVersion final : public KeepWhile {
 public:
  explicit WhileVersion(const Counted& counted) : counted_(counted), version_(counted.version) {}
  bool holds() const override { return counted_.version == version_; }

 private:
  const Counted& counted_;
  const int version_;
};

io::Task<Response> count(Counted* counted, Context* context) {
  ++counted->handled;
  if (counted->keeps) {
    context->keep_while = std::make_unique<WhileVersion>(*counted);
  }
  co_return text_response("answer " + std::to_string(counted->handled));
}

class KeptAnswersTest : public ServerForTest {
 protected:
  void SetUp() override {
    router_.add(style_, raw_route("GET", "/count", {},
                                  [this](Context& context) { return count(&counted_, &context); }));
  }
  // Two requests, the second one after a pause; the second answer.
  std::string second_of(std::string first, std::string second, base::Nanos pause = {}) {
    const ClientTale tale = talk({.pieces = {std::move(first), std::move(second)}, .pause = pause});
    return tale.received.substr(tale.received.rfind("HTTP/1.1"));
  }
  static std::string get(std::string_view more = "", std::string_view target = "/count") {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more) +
           "\r\n";
  }
  static constexpr std::string_view kClose = "Connection: close\r\n";

  Counted counted_;
};

TEST_F(KeptAnswersTest, APlainQuestionIsHandledOnceWhileItsAnswerHolds) {
  const std::string again = second_of(get(), get() + get(kClose));
  EXPECT_THAT(again, EndsWith("answer 2")) << "that one ends its connection";
  EXPECT_EQ(counted_.handled, 2);
  EXPECT_THAT(second_of(get(), get() + get()), EndsWith("answer 1"));
}

TEST_F(KeptAnswersTest, AnAnswerThatNoLongerHoldsIsMadeAnew) {
  ask(get() + get(kClose));
  counted_.version = 2;
  EXPECT_THAT(second_of(get(), get()), EndsWith("answer 3"));
}

TEST_F(KeptAnswersTest, ARepeatedAnswerHasTheDateOfItsTime) {
  const ClientTale tale = talk({.pieces = {get(), get()}, .pause = base::Seconds(5)});
  const std::string& all = tale.received;
  const std::size_t first = all.find("Date: ");
  const std::size_t second = all.find("Date: ", first + 1);
  ASSERT_NE(second, std::string::npos);
  EXPECT_NE(all.substr(first, 35), all.substr(second, 35));
  EXPECT_EQ(counted_.handled, 1);
}

TEST_F(KeptAnswersTest, WhateverMayMakeADifferenceIsHandled) {
  talk({.pieces = {get()}, .patience = base::Millis(10)});
  for (const char* field : {"Authorization: Bearer x\r\n", "Origin: http://a\r\n",
                            "If-None-Match: \"x\"\r\n", "x-consul-TOKEN: t\r\n"}) {
    const int before = counted_.handled;
    talk({.pieces = {get(field)}, .patience = base::Millis(10)});
    EXPECT_EQ(counted_.handled, before + 1) << field;
  }
  const int before = counted_.handled;
  talk({.pieces = {get("", "/count?x")}, .patience = base::Millis(10)});
  talk({.pieces = {"GET /count HTTP/1.1\r\nHost: other\r\n\r\n"}, .patience = base::Millis(10)});
  talk({.pieces = {"HEAD /count HTTP/1.1\r\nHost: localhost\r\n\r\n"},
        .patience = base::Millis(10)});
  EXPECT_EQ(counted_.handled, before + 3);
}

TEST_F(KeptAnswersTest, NothingIsKeptUnlessTheHandlerSaysSo) {
  counted_.keeps = false;
  talk({.pieces = {get() + get() + get()}, .patience = base::Millis(10)});
  EXPECT_EQ(counted_.handled, 3);
}

class Always final : public KeepWhile {
 public:
  explicit Always(bool holds) : holds_(holds) {}
  bool holds() const override { return holds_; }

 private:
  bool holds_;
};

std::shared_ptr<KeptAnswer> make_kept(std::size_t bytes, bool holds) {
  return std::make_shared<KeptAnswer>("date", std::string(bytes, 'x'), "date",
                                      std::make_unique<Always>(holds));
}

TEST(KeptAnswers, WhatIsKeptIsBounded) {
  KeptAnswers kept;
  Request request;
  const std::size_t size = KeptAnswers::kAnswerBytesMax - 100;
  for (std::size_t i = 0; i < 200; ++i) {
    request.path = "/" + std::to_string(i);
    kept.keep(request, "l", make_kept(size, i % 2 == 0));
    EXPECT_LE(kept.bytes(), KeptAnswers::kBytesMax);
  }
  const std::size_t before = kept.bytes();
  kept.keep(request, "l", make_kept(KeptAnswers::kAnswerBytesMax + 1, true));
  EXPECT_EQ(kept.bytes(), before) << "one that is too large is not kept";
}

}  // namespace
}  // namespace weft::http
