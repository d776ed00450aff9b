// What is said about a field is said about a member that exists.
// Refused by: g++, "kFields names something that is not a described member"
#include "base/described_decode.h"

struct Name {
  std::string name;
#ifdef WEFT_MISUSE
  static constexpr auto kFields = weft::base::fields(weft::base::field("nmae").required());
#else
  static constexpr auto kFields = weft::base::fields(weft::base::field("name").required());
#endif
};
BOOST_DESCRIBE_STRUCT(Name, (), (name))

bool is_name(const weft::json::value& value) { return weft::base::decode<Name>(value).has_value(); }
