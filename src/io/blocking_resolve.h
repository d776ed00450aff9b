// A name to addresses on a blocking thread, with a deadline that holds, which getaddrinfo(3) has
// not. Loops have a Resolver.
#pragma once

#include "io/resolver.h"

namespace weft::io {

// Errors: as Resolver::resolve(); kNoSpace, kIo. Thread: blocking.
base::Result<Addresses> resolve_blocking(const std::string& name, base::MonoTime deadline,
                                         const ResolverOptions& options = {});

}  // namespace weft::io
