#include "io/heap.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace weft::io {

void give_back_memory() {
#if defined(__GLIBC__)
  static_cast<void>(::malloc_trim(0));  // elsewhere heaps do so by themselves, or not
#endif
}

}  // namespace weft::io
