#include "base/described_decoding.h"

#include "base/check.h"

#include <re2/re2.h>

#include <algorithm>

namespace weft::base {
namespace {

// Is one the other, or something in it?
bool overlap(const std::vector<PathStep>& a, const std::vector<PathStep>& b) {
  const auto common = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  return std::equal(a.begin(), a.begin() + common, b.begin());
}

}  // namespace

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
  if (is_judged(path_)) {
    return;
  }
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

void Decoding::refuse_at(std::vector<PathStep> path, FieldProblem problem, std::string message) {
  const std::size_t depth = path_.size();
  path_.insert(path_.end(), std::make_move_iterator(path.begin()),
               std::make_move_iterator(path.end()));
  refuse(problem, std::move(message));
  path_.resize(depth);
}

bool Decoding::has_refused(std::string_view member) const {
  std::vector<PathStep> path = path_;
  path.emplace_back(std::string(member));
  return std::any_of(errors_.begin(), errors_.end(), [&](const FieldError& error) {
    return error.path.size() >= path.size() && overlap(error.path, path);
  });
}

bool Decoding::is_judged(const std::vector<PathStep>& path) const {
  const auto end = errors_.begin() + static_cast<std::ptrdiff_t>(judged_);
  return std::any_of(errors_.begin(), end,
                     [&](const FieldError& error) { return overlap(error.path, path); });
}

}  // namespace weft::base
