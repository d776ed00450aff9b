// A field that holds structs names their shape: without it nothing below could be filtered by.
// Refused by: g++, "a struct needs its shape"
#include "api/kit/filter_shape.h"

struct Weights {
  int passing = 1;
};
struct Service {
  Weights weights;
};

constexpr auto kWeightsShape = weft::api::kit::filter_shape(
    weft::api::kit::filter_field("Passing", [](const Weights& w) { return w.passing; }));
constexpr auto kServiceShape = weft::api::kit::filter_shape(
#ifdef WEFT_MISUSE
    weft::api::kit::filter_field("Weights", [](const Service& s) { return s.weights; }));
#else
    weft::api::kit::filter_field<kWeightsShape>("Weights",
                                                [](const Service& s) { return s.weights; }));
#endif

bool has_fields() { return !kServiceShape.fields.empty(); }
