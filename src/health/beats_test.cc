#include "health/beats.h"

#include <gtest/gtest.h>

namespace weft::health {
namespace {

using model::CheckStatus;

TEST(Beats, AreEmptyBeforeTheFirstResult) { EXPECT_EQ(Beats().text(), ""); }

TEST(Beats, SayEachResultWithALetterOldestFirst) {
  Beats beats;
  beats.add(CheckStatus::kPassing);
  beats.add(CheckStatus::kWarning);
  beats.add(CheckStatus::kCritical);
  EXPECT_EQ(beats.text(), "pwc");
}

TEST(Beats, KeepTheLastThirty) {
  Beats beats;
  beats.add(CheckStatus::kCritical);
  for (std::size_t i = 0; i < Beats::kKept - 1; ++i) {
    beats.add(CheckStatus::kPassing);
  }
  EXPECT_EQ(beats.text(), "cppppppppppppppppppppppppppppp");
  beats.add(CheckStatus::kWarning);
  EXPECT_EQ(beats.text(), "pppppppppppppppppppppppppppppw");
}

}  // namespace
}  // namespace weft::health
