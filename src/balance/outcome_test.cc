#include "balance/outcome.h"

#include <gtest/gtest.h>

namespace weft::balance {
namespace {

using base::Code;
using base::Retry;

base::Error failed(Code code, Retry retry) { return {.code = code, .retry = retry}; }

TEST(OutcomeOfError, AConnectThatTimedOutIsAConnectFailureAndALateAnswerATimeout) {
  EXPECT_EQ(outcome_of_error(failed(Code::kTimeout, Retry::kSafe)), Outcome::kConnectFailed);
  EXPECT_EQ(outcome_of_error(failed(Code::kTimeout, Retry::kNever)), Outcome::kTimeout);
}

TEST(OutcomeOfError, WhatNeverReachedTheEndpointIsAConnectFailure) {
  for (const Code code : {Code::kRefused, Code::kUnreachable, Code::kNoName}) {
    EXPECT_EQ(outcome_of_error(failed(code, Retry::kNever)), Outcome::kConnectFailed);
  }
}

TEST(OutcomeOfError, OurOwnFaultAndTheClientsSayNothingAboutTheEndpoint) {
  for (const Code code : {Code::kCancelled, Code::kShutdown, Code::kNoSpace, Code::kOverloaded}) {
    EXPECT_EQ(outcome_of_error(failed(code, Retry::kSafe)), Outcome::kCancelled);
    EXPECT_FALSE(is_failure(outcome_of_error(failed(code, Retry::kNever))));
  }
}

TEST(OutcomeOfStatus, OnlyTheGatewayStatusesAreGatewayErrors) {
  EXPECT_EQ(outcome_of_status(500), Outcome::kServerError);
  EXPECT_EQ(outcome_of_status(499), Outcome::kSuccess);
  for (const int status : {502, 503, 504}) {
    EXPECT_EQ(outcome_of_status(status), Outcome::kGatewayError);
  }
  EXPECT_EQ(outcome_of_status(505), Outcome::kServerError);
}

}  // namespace
}  // namespace weft::balance
