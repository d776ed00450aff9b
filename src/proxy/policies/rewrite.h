// The target of a request as the backend gets it.
#pragma once

#include "model/route_policies.h"

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace weft::proxy {

// Thread: any (immutable). Lifetime: `rewrite` outlives it.
class TargetRewrite final {
 public:
  explicit TargetRewrite(const model::Rewrite& rewrite);
  TargetRewrite(const TargetRewrite&) = delete;
  TargetRewrite& operator=(const TargetRewrite&) = delete;
  ~TargetRewrite();

  // The host to ask for; empty: the client's.
  std::string_view host() const { return rewrite_.host; }
  // The new path of a request whose path is `path`, `matched_bytes` of which are the route's
  // prefix. What a pattern makes is a path again: it begins with a slash, and bytes that no target
  // may hold are left as they were found in it. Allocates.
  std::string path(std::string_view path, std::size_t matched_bytes) const;
  bool changes_path() const { return !rewrite_.prefix.empty() || pattern_ != nullptr; }

 private:
  const model::Rewrite& rewrite_;
  std::unique_ptr<re2::RE2> pattern_;
};

}  // namespace weft::proxy
