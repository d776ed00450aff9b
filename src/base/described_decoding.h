// The state of one decoding: the options it runs under, where it stands, what it found.
#pragma once

#include "base/described_error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::base {

// A face chooses what happens to members nobody knows.
enum class UnknownFields : std::uint8_t { kIgnore, kRefuse };

// kPartial: an absent field keeps the value it had, also a required one (PUT with some fields).
enum class Presence : std::uint8_t { kComplete, kPartial };

// kText: every scalar may come as text, as in a query string or a path.
enum class Scalars : std::uint8_t { kTyped, kText };

struct DecodeOptions {
  UnknownFields unknown = UnknownFields::kIgnore;
  Presence presence = Presence::kComplete;
  Scalars scalars = Scalars::kTyped;
  std::string_view source = "body";  // first word of an error's location
};

// A regular expression of a field, compiled once. Thread: any (immutable).
class FieldPattern final {
 public:
  explicit FieldPattern(std::string_view re2);
  ~FieldPattern();
  bool matches(std::string_view text) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

// One decoding under way: where it is and what it found. Also handed to validate().
// Thread: any (a value of its caller).
class Decoding final {
 public:
  // More errors than this are summed up in one line, so that a hostile body cannot ask for an
  // answer larger than itself.
  static constexpr std::size_t kErrorsMax = 100;

  explicit Decoding(const DecodeOptions& options) : options_(options) {}

  // A step into a field, taken back at the end of the scope.
  class Step final {
   public:
    Step(Decoding& decoding, PathStep step) : decoding_(decoding) {
      decoding_.path_.push_back(std::move(step));
    }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    ~Step() { decoding_.path_.pop_back(); }

   private:
    Decoding& decoding_;
  };

  // Reports a problem of the field where the decoding stands, or of `member` below it.
  void refuse(FieldProblem problem, std::string message);
  void refuse_member(std::string_view member, FieldProblem problem, std::string message);
  // For validate(): a rule between fields is broken; `member` is the one to change.
  void refuse_member(std::string_view member, std::string message) {
    refuse_member(member, FieldProblem::kRefused, std::move(message));
  }

  const DecodeOptions& options() const { return options_; }
  const FieldErrors& errors() const { return errors_; }
  FieldErrors take_errors() { return std::move(errors_); }

 private:
  DecodeOptions options_;
  std::vector<PathStep> path_;
  FieldErrors errors_;
};

}  // namespace weft::base
