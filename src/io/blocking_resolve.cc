#include "io/blocking_resolve.h"

#include <utility>

namespace weft::io {
namespace {

Task<void> resolve_and_stop(Resolver* resolver, std::string name, base::MonoTime deadline,
                            base::Result<Addresses>* out) {
  *out = co_await resolver->resolve(std::move(name), deadline);
  co_await resolver->stop();
}

}  // namespace

base::Result<Addresses> resolve_blocking(const std::string& name, base::MonoTime deadline,
                                         const ResolverOptions& options) {
  if (auto literal = resolve_literal(name)) {
    return *std::move(literal);
  }
  WEFT_TRY(auto driver, make_driver(DriverKind::kEpoll));
  Loop loop(std::move(driver), "resolve", 1);
  WEFT_TRY(const auto resolver, make_resolver(loop, options));
  base::Result<Addresses> found;
  loop.run_until_done(resolve_and_stop(resolver.get(), name, deadline, &found));
  return found;
}

}  // namespace weft::io
