#include "api/pages/licences.h"

namespace weft::api::pages {

std::string licences_text(std::string_view page_notices) {
  std::string text =
      "weft is under the MIT licence. It is made with these libraries, as Debian packages them, "
      "and\n"
      "with Boost, under the Boost Software License 1.0 (https://www.boost.org/LICENSE_1_0.txt).\n";
  text += library_licences();
  if (!page_notices.empty()) {
    text += "\n";
    text += std::string(78, '=');
    text += "\n\n";
    text += page_notices;
  }
  return text;
}

}  // namespace weft::api::pages
