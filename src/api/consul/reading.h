// The way of every GET: judge the question, wait until its part of the state is newer than the
// client knows when it asks for that, and make the answer from one view.
//
// A reading is two plain functions: what the answer depends on, and the answer.
#pragma once

#include "api/consul/asked.h"
#include "api/consul/face.h"
#include "api/consul/members.h"
#include "api/consul/refusal.h"
#include "api/consul/sight.h"
#include "api/kit/filter.h"
#include "base/json.h"
#include "http/context.h"
#include "http/router.h"
#include "model/view.h"
#include "state/interest.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::api::consul {

// One question under way. Lifetime: its request's.
struct Question {
  const Face& face;
  const http::Context& context;
  const Asked& asked;
  Sight* sight = nullptr;  // of an answer; null while it is only asked what it depends on

  // A value of the path; empty when the path has none of that name.
  const std::string& path(std::string_view name) const;
};

// What is answered.
struct Reply {
  int status = 200;
  json::value value{};
  std::optional<std::string> raw{};          // instead of `value`
  std::string_view raw_type = "text/plain";  // static
};

// The headers that tell how fresh an answer is. `index` 0 is told as 1.
void add_index_headers(http::Context& context, const Asked& asked, std::uint64_t index);
// When a wait ends at the latest: up to a sixteenth later than asked, so that those who wait are
// spread. Source: contract/consul.md §1.1.
base::MonoTime wait_end(io::Loop& loop, base::Nanos wait);

// Is its interest cheap to look at, so that an answer may be kept as long as nothing of it changes?
enum class Keeps : std::uint8_t { kNot, kWhileUnchanged };

// Lifetime: static.
struct Reading {
  // What the answer depends on; null: nothing, and then it is not waited for.
  state::Interest (*interest)(const Question&) = nullptr;
  Judged<Reply> (*answer)(const Question&, const model::View&) = nullptr;
  Keeps keeps = Keeps::kNot;
};

// `path` as http::Route has it. `reading` and `face` outlive the router.
void add_reading(http::Router& router, const http::FaceStyle& style, const Face& face,
                 std::string path, const Reading& reading);

// The JSON answer, indented when that was asked for.
http::Response json_reply(const json::value& value, bool is_pretty, int status = 200);

// Keeps the entries that whoever asks may see and that ?filter= lets through. Errors: 400 for a
// filter that is none.
template <const auto& kMembers, class Entry>
Judged<std::vector<Entry>> filtered(const Question& question, std::vector<Entry> entries) {
  leave_out_hidden(*question.sight, entries);
  const std::string_view text = question.asked.text("filter");
  if (text.empty()) {
    return entries;
  }
  const auto filter = kit::compile_filter<kFilterOf<kMembers>>(text);
  if (!filter) {
    return refuse(400, "Failed to create boolean expression evaluator: " + filter.error().message);
  }
  std::erase_if(entries, [&](const Entry& entry) { return !filter->holds(entry); });
  return entries;
}

// The entries as a list.
template <class Entry>
json::array encode_list(const std::vector<Entry>& entries, json::object (*encode)(const Entry&)) {
  json::array out;
  out.reserve(entries.size());
  for (const Entry& entry : entries) {
    out.push_back(encode(entry));
  }
  return out;
}

}  // namespace weft::api::consul
