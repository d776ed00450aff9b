// What a Consul answers to a sync: any bytes are an error, or entries with the names they need; a
// text that is cut stays text.
#include "base/text.h"
#include "fuzz.h"
#include "sync/answers.h"

#include <string>

namespace {

using namespace weft;

void expect_fit(const std::vector<sync::ToldCheck>& checks) {
  for (const sync::ToldCheck& check : checks) {
    WEFT_ASSERT(check.output.size() <= model::CheckState::kOutputBytesMax);
    WEFT_ASSERT(base::is_utf8(check.output));
    WEFT_ASSERT(check.status != model::CheckStatus::kNone);
  }
}

void expect_text(const json::object& metadata) {
  for (const auto& entry : metadata) {
    WEFT_ASSERT(entry.value().is_string());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::as_text(data, size);
  if (const auto entries = sync::parse_entries(input)) {
    for (const sync::RemoteEntry& entry : *entries) {
      WEFT_ASSERT(!entry.node.name.empty() && !entry.instance.id.empty());
      WEFT_ASSERT(!entry.instance.service.empty());
      expect_fit(entry.node.checks);
      expect_fit(entry.instance.checks);
      expect_text(entry.node.metadata);
      expect_text(entry.instance.metadata);
    }
    WEFT_ASSERT(sync::parse_check_digests(input) && sync::parse_node_checks(input));
    WEFT_ASSERT(!sync::parse_service_names(input));
  }
  if (const auto names = sync::parse_service_names(input)) {
    WEFT_ASSERT(sync::parse_node(input) && sync::parse_node(input)->exists);
  }
  const std::string cut = sync::cut_text(input, size / 2);
  WEFT_ASSERT(cut.size() <= size / 2 && input.starts_with(cut));
  WEFT_ASSERT(!base::is_utf8(input) || base::is_utf8(cut));
  return 0;
}
