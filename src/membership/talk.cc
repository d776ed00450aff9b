#include "membership/talk.h"

#include "base/described_enum.h"
#include "base/json.h"

#include <utility>

namespace weft::membership {

using base::Code;
using base::Result;
using model::CheckStatus;

namespace {

// Beside the texts of a report: brackets, quotes, commas, the status.
constexpr std::size_t kReportBytesBesides = 40;
constexpr std::size_t kWordBytesBesides = 40;

std::unexpected<base::Error> bad_word() {
  return base::fail(Code::kBadMessage, "not a word of a node of this mesh", base::Side::kBackend);
}

std::size_t bytes_of(std::string_view text) { return base::write_json(json::value(text)).size(); }

std::size_t bytes_of(const Report& report) {
  return bytes_of(report.node) + bytes_of(report.instance) + bytes_of(report.check) +
         bytes_of(report.output) + kReportBytesBesides;
}

Result<Report> decode_report(const json::value& value) {
  constexpr std::size_t kTexts = 5;
  if (!value.is_array() || value.get_array().size() != kTexts) {
    return bad_word();
  }
  std::vector<std::string> texts;
  for (const json::value& each : value.get_array()) {
    if (!each.is_string()) {
      return bad_word();
    }
    texts.emplace_back(each.get_string());
  }
  const auto status = base::parse_enum<CheckStatus>(texts[3]);
  if (!status) {
    return bad_word();
  }
  return Report{texts[0], texts[1], texts[2], *status, texts[4]};
}

}  // namespace

std::string encode(const Message& message) {
  json::array reports;
  for (const Report& each : message.reports) {
    reports.push_back(
        json::array{json::value(each.node), json::value(each.instance), json::value(each.check),
                    json::value(base::enum_name(each.status)), json::value(each.output)});
  }
  return base::write_json(
      json::object{{"reports", std::move(reports)},
                   {"renew", json::array(message.renewals.begin(), message.renewals.end())}});
}

Result<Message> decode_message(std::string_view word) {
  WEFT_TRY(const json::value value, base::parse_json(word));
  const json::object* object = value.if_object();
  const json::value* reports = object != nullptr ? object->if_contains("reports") : nullptr;
  const json::value* renewals = object != nullptr ? object->if_contains("renew") : nullptr;
  if (reports == nullptr || renewals == nullptr || !reports->is_array() || !renewals->is_array()) {
    return bad_word();
  }
  Message out;
  for (const json::value& each : reports->get_array()) {
    WEFT_TRY(Report report, decode_report(each));
    out.reports.push_back(std::move(report));
  }
  for (const json::value& each : renewals->get_array()) {
    if (!each.is_string()) {
      return bad_word();
    }
    out.renewals.emplace_back(each.get_string());
  }
  return out;
}

Talk::Talk(io::Loop& loop, state::State& state, base::Log& log, Sinks sinks)
    : loop_(loop), state_(state), log_(log), sinks_(std::move(sinks)) {}

void Talk::tell(Report report) {
  if (has_room()) {
    waiting_.reports.push_back(std::move(report));
    begin();
  }
}

void Talk::tell_renewal(std::string session) {
  if (has_room()) {
    waiting_.renewals.push_back(std::move(session));
    begin();
  }
}

bool Talk::has_room() const {
  return waiting_.reports.size() + waiting_.renewals.size() < kWaitingMax;
}

void Talk::begin() {
  if (scope_.size() == 0) {
    scope_.spawn("talk", send_all());
  }
}

io::Task<void> Talk::send_all() {
  while (!waiting_.reports.empty() || !waiting_.renewals.empty()) {
    const auto slept = co_await loop_.sleep_for(kGatherTime);
    if (!slept) {
      co_return;
    }
    std::vector<std::string> words = take_words();
    const auto told = co_await state_.tell(std::move(words));
    if (!told) {
      log_.debug("other nodes were not told", {{"error", base::describe(told.error())}});
    }
  }
}

// What waits, in as few words as it takes.
std::vector<std::string> Talk::take_words() {
  const Message all = std::exchange(waiting_, {});
  std::vector<std::string> words;
  Message next;
  std::size_t bytes = kWordBytesBesides;
  const auto make_room = [&](std::size_t needed) {
    if (bytes + needed > state::Store::kWordBytesMax) {
      words.push_back(encode(std::exchange(next, {})));
      bytes = kWordBytesBesides;
    }
    bytes += needed;
  };
  for (const Report& report : all.reports) {
    make_room(bytes_of(report));
    next.reports.push_back(report);
  }
  for (const std::string& session : all.renewals) {
    make_room(bytes_of(session) + 1);
    next.renewals.push_back(session);
  }
  words.push_back(encode(next));
  return words;
}

void Talk::hear(std::string_view word) {
  const auto message = decode_message(word);
  if (!message) {
    log_.warning("what another node told makes no sense",
                 {{"error", base::describe(message.error())}});
    return;
  }
  for (const Report& report : message->reports) {
    sinks_.report(report);
  }
  for (const std::string& session : message->renewals) {
    sinks_.renewal(session);
  }
}

}  // namespace weft::membership
