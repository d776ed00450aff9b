// What everybody in the simulation saw, and the sentences about what must not have been.
#pragma once

#include "base/time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::sim {

// One request of a client. Its number is in it, and everything about its bytes follows from that.
struct Request {
  std::uint64_t number = 0;
  std::size_t service = 0;
  bool is_post = false;
  base::MonoTime begun{};        // when the client turned to the gateway
  std::uint32_t executions = 0;  // how many backends had it whole
};

// The bytes of a request's body, and of the answer that `instance` gives to it.
std::string request_body(std::uint64_t number);
std::string answer_body(std::uint64_t number, std::string_view instance);

// Thread: the simulation's.
class Ledger final {
 public:
  explicit Ledger(const base::Clock& clock) : clock_(clock), begun_(clock.now()) {}

  // Something that must never be. The run goes on; the first sentences are kept.
  void complain(std::string sentence);
  const std::vector<std::string>& complaints() const { return complaints_; }

  // Something worth knowing of a run that failed, and part of its fingerprint.
  void note(std::string_view sentence);
  // The same, when it is asked for only: there are many of them.
  void note_request(std::string_view sentence);
  void tell_all() { tells_all_ = true; }
  const std::string& story() const { return story_; }
  // Of everything noted: equal runs have equal ones.
  std::uint64_t fingerprint() const { return fingerprint_; }

  Request& begin_request(std::size_t service, bool is_post);
  // A backend had the whole of it. Returns: null when nobody ever sent it.
  Request* execute(std::uint64_t number, std::string_view instance);
  // A request that begins from now on must not reach `instance`, or may again.
  void forbid_requests(std::string_view instance);
  void allow_requests(std::string_view instance);
  void end_request(int status) { ++answers_[status == 200 ? 1 : 0]; }

  // No mishaps any more, and time enough since to be well again: every failure is a complaint.
  void expect_peace() { is_peace_ = true; }
  bool is_peace() const { return is_peace_; }

  std::uint64_t answered() const { return answers_[1]; }
  std::uint64_t unanswered() const { return answers_[0]; }

 private:
  void hash(std::string_view sentence);
  std::string stamped(std::string_view sentence) const;

  const base::Clock& clock_;
  const base::MonoTime begun_;
  std::vector<std::string> complaints_;
  std::string story_;
  std::uint64_t fingerprint_ = 0xcbf29ce484222325ULL;
  bool tells_all_ = false;
  bool is_peace_ = false;
  std::deque<Request> requests_;                                  // by number
  std::map<std::string, base::MonoTime, std::less<>> forbidden_;  // instances, and since when
  std::array<std::uint64_t, 2> answers_{};                        // others, 200
};

}  // namespace weft::sim
