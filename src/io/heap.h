// The process's heap as a whole.
#pragma once

namespace weft::io {

// Gives the system what the heap holds and nobody uses. For after something large and short, for it
// looks at everything that is free. Thread: any.
void give_back_memory();

}  // namespace weft::io
