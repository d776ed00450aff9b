// A shape has the fields of one type: a filter would read the others from memory of another kind.
// Refused by: g++, "a shape has the fields of one type"
#include "api/kit/filter_shape.h"

struct Weights {
  int passing = 1;
};
struct Address {
  int port = 0;
};

constexpr auto kShape = weft::api::kit::filter_shape(
    weft::api::kit::filter_field("Passing", [](const Weights& w) { return w.passing; }),
#ifdef WEFT_MISUSE
    weft::api::kit::filter_field("Port", [](const Address& a) { return a.port; }));
#else
    weft::api::kit::filter_field("Double", [](const Weights& w) { return 2 * w.passing; }));
#endif

bool has_fields() { return !kShape.fields.empty(); }
