#include "health/check_owner.h"

namespace weft::health {

bool is_same_owner(const CheckOwner& before, const CheckOwner& after) {
  if (before.key() != after.key() || before.number() != after.number()) {
    return false;
  }
  return before.instance() == nullptr || before.instance()->service == after.instance()->service;
}

bool is_same_check(const CheckOwner& before, const CheckOwner& after, std::string_view check) {
  if (before.instance() != nullptr && after.instance() != nullptr) {
    return model::is_same_check(*before.instance(), *after.instance(), check);
  }
  return before.node() != nullptr && after.node() != nullptr &&
         model::is_same_check(*before.node(), *after.node(), check);
}

}  // namespace weft::health
