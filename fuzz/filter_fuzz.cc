// Filter expressions: a text is a filter of a type or says where it is not; `not` turns it round
// and parentheses, `and` and `or` with itself leave it as it is.
#include "api/kit/filter_for_test.h"
#include "base/text.h"
#include "fuzz.h"

#include <algorithm>
#include <string>

namespace {

using namespace weft;
namespace kit = api::kit;

bool is_visible(char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; }

void expect_place(const kit::FilterError& error, std::string_view text) {
  WEFT_ASSERT(error.column >= 1 && error.column <= text.size() + 1);
  WEFT_ASSERT(std::ranges::all_of(error.message, is_visible));
}

bool is_beyond_a_limit(const kit::FilterError& error) {
  return error.message.find("longer than ") != std::string::npos ||
         error.message.find("more than ") != std::string::npos;
}

template <const auto& kShape, class Entry>
void expect_same(const std::string& text, const Entry& entry, bool wanted) {
  const auto filter = kit::compile_filter<kShape>(text);
  WEFT_ASSERT(filter ? filter->holds(entry) == wanted : is_beyond_a_limit(filter.error()));
}

template <const auto& kShape, class Entry>
void try_on(std::string_view text, std::initializer_list<Entry> entries) {
  const auto filter = kit::compile_filter<kShape>(text);
  if (!filter) {
    expect_place(filter.error(), text);
    return;
  }
  const std::string whole = base::concat({"(", text, ")"});
  for (const Entry& entry : entries) {
    const bool holds = filter->holds(entry);
    expect_same<kShape>(whole, entry, holds);
    expect_same<kShape>(base::concat({"not ", whole}), entry, !holds);
    expect_same<kShape>(base::concat({whole, " and ", whole}), entry, holds);
    expect_same<kShape>(base::concat({whole, " or not ", whole}), entry, true);
    expect_same<kShape>(base::concat({"not (", whole, " and not ", whole, ")"}), entry, true);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  static const kit::ServiceForFilter kService = kit::service_for_filter();
  try_on<kit::kOddForFilter>(text, {kit::OddForFilter(), kit::odd_for_filter()});
  try_on<kit::kServiceForFilter>(text, {kit::ServiceForFilter(), kService});
  try_on<kit::kEntryForFilter>(
      text, {kit::entry_for_filter(kService, false), kit::entry_for_filter(kService, true)});
  return 0;
}
