// A slot gives itself back once, so there is one of it.
// Refused by: g++, "use of deleted function"
#include "balance/limits.h"

using weft::balance::LimitSlot;

void keep(LimitSlot& place, LimitSlot slot) {
#ifdef WEFT_MISUSE
  place = slot;
#else
  place = std::move(slot);
#endif
}
