// Text becomes a FilterExpression, whatever type it is about.
#pragma once

#include "api/kit/filter.h"
#include "api/kit/filter_expression.h"

#include <expected>
#include <string_view>

namespace weft::api::kit {

// Source: the grammar of go-bexpr 0.1.2; its errors in its words, of which it may have several for
// one text and we give the first.
// Errors: not of the language, no UTF-8, more than kFilterBytesMax or kFilterDepthMax.
// Thread: any; pure. Time: of the text's length, where go-bexpr needs that of 2^depth.
std::expected<FilterExpression, FilterError> parse_filter(std::string_view text);

}  // namespace weft::api::kit
