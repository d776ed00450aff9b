#include "model/user_event.h"

#include <fmt/format.h>

namespace weft::model {

std::string event_key(std::uint64_t time) { return fmt::format("{:020}", time); }

}  // namespace weft::model
