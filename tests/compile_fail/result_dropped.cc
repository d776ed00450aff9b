// An error is handled, passed on, or dropped with a reason. std::expected is not marked in
// libstdc++ 12: clang-tidy sees it.
// Refused by: clang-tidy bugprone-unused-return-value, "should not be disregarded"
#include "base/address.h"

void look(std::string_view text) {
#ifdef WEFT_MISUSE
  weft::base::parse_ip(text);
#else
  weft::base::ignore(weft::base::parse_ip(text), "only whether it crashes");
#endif
}
