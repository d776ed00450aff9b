#include "base/described_decoding.h"

#include "base/check.h"

#include <re2/re2.h>

namespace weft::base {

struct FieldPattern::Compiled {
  explicit Compiled(std::string_view text) : re({text.data(), text.size()}, RE2::Quiet) {}
  RE2 re;
};

FieldPattern::FieldPattern(std::string_view re2) : compiled_(std::make_unique<Compiled>(re2)) {
  WEFT_ASSERT(compiled_->re.ok());  // patterns are written by us, in kFields
}

FieldPattern::~FieldPattern() = default;

bool FieldPattern::matches(std::string_view text) const {
  return RE2::PartialMatch({text.data(), text.size()}, compiled_->re);
}

void Decoding::refuse(FieldProblem problem, std::string message) {
  if (errors_.size() < kErrorsMax) {
    errors_.push_back({std::string(options_.source), path_, problem, std::move(message)});
  } else if (errors_.size() == kErrorsMax) {
    errors_.push_back(
        {std::string(options_.source), {}, FieldProblem::kMore, "further problems are not listed"});
  }
}

void Decoding::refuse_member(std::string_view member, FieldProblem problem, std::string message) {
  const Step step(*this, std::string(member));
  refuse(problem, std::move(message));
}

}  // namespace weft::base
