#include "io/descriptor_table.h"

#include "io/unique_fd.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/resource.h>

namespace weft::io {
namespace {

// The soft limit before prepare_descriptors(); 0: it was not raised. Written before there are
// threads.
rlim_t g_inherited_limit = 0;

}  // namespace

std::size_t prepare_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return 0;
  }
  const rlim_t inherited = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) {
    g_inherited_limit = inherited;
  } else {
    limit.rlim_cur = inherited;
  }
  const std::size_t room = std::min<std::size_t>(limit.rlim_cur, kPreparedDescriptors);
  // Its number is the last one of the table that we want; the table stays when it is closed.
  const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (null && room > 0) {
    const UniqueFd last(::fcntl(null.value(), F_DUPFD_CLOEXEC, static_cast<int>(room - 1)));
  }
  return limit.rlim_cur;
}

void restore_descriptor_limit() {
  rlimit limit{};
  if (g_inherited_limit != 0 && ::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = g_inherited_limit;
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
  }
}

}  // namespace weft::io
