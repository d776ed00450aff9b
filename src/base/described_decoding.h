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

  // While one stands, validate() is at work: fields that were refused before it are not judged
  // again, nor what lies in or around them.
  class Rules final {
   public:
    explicit Rules(Decoding& decoding)
        : decoding_(decoding), before_(std::exchange(decoding.judged_, decoding.errors_.size())) {}
    Rules(const Rules&) = delete;
    Rules& operator=(const Rules&) = delete;
    ~Rules() { decoding_.judged_ = before_; }

   private:
    Decoding& decoding_;
    std::size_t before_;
  };

  // Reports a problem of the field where the decoding stands, or of `member` below it.
  void refuse(FieldProblem problem, std::string message);
  void refuse_member(std::string_view member, FieldProblem problem, std::string message);
  // For validate(): a rule between fields is broken; `member` is the one to change.
  void refuse_member(std::string_view member, std::string message) {
    refuse_member(member, FieldProblem::kRefused, std::move(message));
  }

  // Reports a problem found elsewhere, of the field at `path` below where the decoding stands.
  void refuse_at(std::vector<PathStep> path, FieldProblem problem, std::string message);
  // Was `member`, or something in it, refused? Its value is then not what was asked for.
  bool has_refused(std::string_view member) const;

  const DecodeOptions& options() const { return options_; }
  const FieldErrors& errors() const { return errors_; }
  FieldErrors take_errors() { return std::move(errors_); }

 private:
  bool is_judged(const std::vector<PathStep>& path) const;

  DecodeOptions options_;
  std::vector<PathStep> path_;
  std::size_t judged_ = 0;  // so many of the errors came before the rules that run now
  FieldErrors errors_;
};

}  // namespace weft::base
