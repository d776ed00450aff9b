#include "membership/message.h"

#include "base/described_enum.h"
#include "base/json.h"

#include <utility>

namespace weft::membership {

using base::Code;
using base::Result;
using model::CheckStatus;

namespace {

// Beside the texts of a report: brackets, commas, the status.
constexpr std::size_t kReportBytesBesides = 40;

std::unexpected<base::Error> bad_word() {
  return base::fail(Code::kBadMessage, "not a word of a node of this mesh", base::Side::kBackend);
}

std::size_t bytes_of_text(std::string_view text) {
  return base::write_json(json::value(text)).size();
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

std::size_t bytes_of(const Report& report) {
  return bytes_of_text(report.node) + bytes_of_text(report.instance) + bytes_of_text(report.check) +
         bytes_of_text(report.output) + kReportBytesBesides;
}

std::size_t bytes_of_renewal(std::string_view session) { return bytes_of_text(session) + 1; }

}  // namespace weft::membership
