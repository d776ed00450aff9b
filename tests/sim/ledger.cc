#include "ledger.h"

#include "base/random.h"

#include <fmt/format.h>

#include <cstring>

namespace weft::sim {
namespace {

constexpr std::size_t kComplaintsMax = 20;

// Most bodies are small, some are larger than any buffer on their way.
std::size_t body_bytes(std::uint64_t number, std::uint64_t salt) {
  const std::uint64_t drawn = (number * 2 + salt) * 0x9e3779b97f4a7c15ULL >> 32;
  if (drawn % 32 == 0) {
    return drawn % 200'000;
  }
  return drawn % 300;
}

// Letters, others at each place of each number.
std::string pattern(std::uint64_t number, std::size_t bytes) {
  std::string out((bytes + 7) / 8 * 8, '\0');
  base::Random letters(number);
  for (std::size_t at = 0; at < out.size(); at += 8) {
    const std::uint64_t eight = (letters.next() & 0x0f0f0f0f0f0f0f0fULL) + 0x6161616161616161ULL;
    std::memcpy(out.data() + at, &eight, sizeof eight);
  }
  out.resize(bytes);
  return out;
}

}  // namespace

std::string request_body(std::uint64_t number) { return pattern(number, body_bytes(number, 0)); }

std::string answer_body(std::uint64_t number, std::string_view instance) {
  return fmt::format("{} {}\n", number, instance) + pattern(number, body_bytes(number, 1));
}

void Ledger::hash(std::string_view sentence) {
  for (const char c : sentence) {  // FNV-1a
    fingerprint_ = (fingerprint_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
}

std::string Ledger::stamped(std::string_view sentence) const {
  const auto micros = std::chrono::duration_cast<base::Micros>(clock_.now() - begun_).count();
  return fmt::format("{:>4}.{:06} {}\n", micros / 1'000'000, micros % 1'000'000, sentence);
}

void Ledger::complain(std::string sentence) {
  note("WRONG: " + sentence);
  if (complaints_.size() < kComplaintsMax) {
    complaints_.push_back(std::move(sentence));
  }
}

void Ledger::note(std::string_view sentence) {
  const std::string line = stamped(sentence);
  hash(line);
  story_ += line;
}

void Ledger::note_request(std::string_view sentence) {
  const std::string line = stamped(sentence);
  hash(line);
  if (tells_all_) {
    story_ += line;
  }
}

Request& Ledger::begin_request(std::size_t service, bool is_post) {
  return requests_.emplace_back(Request{requests_.size(), service, is_post, clock_.now(), 0});
}

Request* Ledger::execute(std::uint64_t number, std::string_view instance) {
  if (number >= requests_.size()) {
    complain(fmt::format("{} got a request {} that nobody sent", instance, number));
    return nullptr;
  }
  Request& request = requests_[number];
  ++request.executions;
  note_request(fmt::format("{} executes {}", instance, number));
  if (request.is_post && request.executions > 1) {
    complain(fmt::format("POST {} was executed {} times, last by {}", number, request.executions,
                         instance));
  }
  if (const auto found = forbidden_.find(instance);
      found != forbidden_.end() && request.begun > found->second) {
    complain(
        fmt::format("request {} went to {}, which was drained before it began", number, instance));
  }
  return &request;
}

void Ledger::forbid_requests(std::string_view instance) {
  forbidden_.emplace(instance, clock_.now());
}

void Ledger::allow_requests(std::string_view instance) {
  if (const auto found = forbidden_.find(instance); found != forbidden_.end()) {
    forbidden_.erase(found);
  }
}

}  // namespace weft::sim
