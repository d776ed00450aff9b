#include "io/process_facts.h"

#include <gtest/gtest.h>

namespace weft::io {
namespace {

TEST(ProcessFacts, AProcessHasMemoryAndAThread) {
  const ProcessFacts facts = process_facts();
  EXPECT_GT(facts.resident_bytes, 100'000U);
  EXPECT_GE(facts.threads, 1U);
}

}  // namespace
}  // namespace weft::io
