// The licences of what is not ours in this binary: libraries and code of the pages.
#pragma once

#include <string>
#include <string_view>

namespace weft::api::pages {

// Of the libraries, one after another. Made at build time by cmake/licences.cmake. Lifetime:
// static.
std::string_view library_licences();

// Everything as one text. `page_notices` are those of the pages; empty when there are none.
std::string licences_text(std::string_view page_notices);

}  // namespace weft::api::pages
