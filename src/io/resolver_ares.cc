// The resolver on c-ares. c-ares opens its own sockets; they sit in an epoll set of ours, and that
// one descriptor is what the loop awaits, whichever driver it runs on.
#include "base/text.h"
#include "io/event.h"
#include "io/resolver.h"
#include "io/resolver_cache.h"
#include "io/socket.h"
#include "io/unique_fd.h"

#include <ares.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <unordered_map>

namespace weft::io {
namespace {

constexpr std::size_t kNameBytesMax = 255;  // RFC 1035 §2.3.4

base::Error error_of(base::Code code) {
  return base::Error{code, base::Side::kBackend, base::Retry::kSafe, 0, "resolve a name"};
}

base::Code code_of(int status) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_ENONAME:
    case ARES_EBADNAME:
      return base::Code::kNoName;
    case ARES_ETIMEOUT:
      return base::Code::kTimeout;
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
      return base::Code::kShutdown;
    default:
      return base::Code::kUnavailable;
  }
}

base::IpAddress ip_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(address);
    return base::IpAddress::v4(ntohl(in->sin_addr.s_addr));
  }
  base::IpAddress out;
  const auto* in6 = reinterpret_cast<const sockaddr_in6*>(address);
  std::memcpy(out.bytes.data(), &in6->sin6_addr, out.bytes.size());
  return out;
}

class AresResolver;

// One question on its way and those who wait for the answer.
struct Query {
  Query(AresResolver& by, Loop& loop, std::string about)
      : resolver(by), name(std::move(about)), done(loop) {}

  AresResolver& resolver;
  std::string name;
  bool is_answered = false;
  base::Result<Addresses> answer;
  base::Nanos ttl{0};
  Event done;
};

class AresResolver final : public Resolver {
 public:
  AresResolver(Loop& loop, ResolverOptions options, UniqueFd sockets)
      : loop_(loop),
        options_(std::move(options)),
        sockets_(std::move(sockets)),
        cache_(options_.cache_names_max),
        started_(loop) {}
  AresResolver(const AresResolver&) = delete;
  AresResolver& operator=(const AresResolver&) = delete;
  ~AresResolver() override {
    if (channel_ != nullptr) {
      ares_destroy(channel_);
    }
  }

  base::Result<> open();
  Task<base::Result<Addresses>> resolve(std::string name, base::MonoTime deadline) override;
  Task<void> stop() override;

 private:
  static void on_socket(void* self, ares_socket_t fd, int readable, int writable);
  static void on_answer(void* query, int status, int timeouts, ares_addrinfo* info);
  Query& begin(const std::string& name);
  void deliver();
  Task<void> pump();
  base::MonoTime next_timeout() const;
  void take_ready();

  Loop& loop_;
  const ResolverOptions options_;
  UniqueFd sockets_;  // the epoll set of c-ares' sockets
  ares_channel channel_ = nullptr;
  ResolverCache cache_;
  std::unordered_map<std::string, std::unique_ptr<Query>> in_flight_;
  std::vector<Query*> answered_;  // by c-ares, not yet delivered
  Event started_;                 // a query began
  TaskScope scope_;
  bool stopping_ = false;
};

base::Result<> AresResolver::open() {
  ares_options settings{};
  settings.timeout = static_cast<int>(options_.try_timeout.count());
  settings.tries = options_.tries;
  settings.sock_state_cb = &on_socket;
  settings.sock_state_cb_data = this;
  const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
  if (ares_init_options(&channel_, &settings, mask) != ARES_SUCCESS) {
    return base::fail(base::Code::kIo, "start the resolver");
  }
  if (!options_.servers.empty() &&
      ares_set_servers_ports_csv(channel_, options_.servers.c_str()) != ARES_SUCCESS) {
    return base::fail(base::Code::kInvalid, "the DNS servers are not addresses");
  }
  scope_.spawn("resolver", pump());
  return {};
}

Task<base::Result<Addresses>> AresResolver::resolve(std::string name, base::MonoTime deadline) {
  if (auto literal = resolve_literal(name)) {
    co_return std::move(*literal);
  }
  if (stopping_) {
    co_return base::fail(error_of(base::Code::kShutdown));
  }
  if (name.empty() || name.size() > kNameBytesMax || name.find('\0') != std::string::npos) {
    co_return base::fail(error_of(base::Code::kNoName));
  }
  name = base::to_lower(name);
  if (const auto* known = cache_.find(name, loop_.now())) {
    co_return *known;
  }
  const auto found = in_flight_.find(name);
  if (found == in_flight_.end() && in_flight_.size() >= options_.lookups_max) {
    co_return base::fail(error_of(base::Code::kLimit));
  }
  Query& query = found == in_flight_.end() ? begin(name) : *found->second;
  if (query.is_answered) {  // from /etc/hosts, or refused without asking
    const auto answer = query.answer;
    deliver();
    co_return answer;
  }
  if (const auto waited = co_await query.done.wait(deadline); !waited) {
    co_return base::fail(error_of(waited.error().code));
  }
  co_return query.answer;  // deliver() keeps the query until every waiter has run
}

Query& AresResolver::begin(const std::string& name) {
  auto& query = in_flight_[name];
  query = std::make_unique<Query>(*this, loop_, name);
  started_.notify_all();  // first: the answer may come inside the next call
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  ares_getaddrinfo(channel_, query->name.c_str(), nullptr, &hints, &on_answer, query.get());
  return *query;
}

// Called inside c-ares, so it only takes notes: a waiter might call c-ares again.
void AresResolver::on_answer(void* about, int status, int /*timeouts*/, ares_addrinfo* info) {
  auto& query = *static_cast<Query*>(about);
  AresResolver& self = query.resolver;
  Addresses addresses;
  int ttl_seconds = 0;
  for (const ares_addrinfo_node* node = info == nullptr ? nullptr : info->nodes; node != nullptr;
       node = node->ai_next) {
    const base::IpAddress ip = ip_of(node->ai_addr);
    if (std::find(addresses.begin(), addresses.end(), ip) == addresses.end()) {
      addresses.push_back(ip);
    }
    ttl_seconds = addresses.size() == 1 ? node->ai_ttl : std::min(ttl_seconds, node->ai_ttl);
  }
  if (info != nullptr) {
    ares_freeaddrinfo(info);
  }
  if (status == ARES_SUCCESS && !addresses.empty()) {
    query.ttl = std::clamp<base::Nanos>(base::Seconds(ttl_seconds), self.options_.ttl_min,
                                        self.options_.ttl_max);
    query.answer = std::move(addresses);
  } else {
    query.ttl = self.options_.negative_ttl;
    query.answer =
        base::fail(error_of(status == ARES_SUCCESS ? base::Code::kNoName : code_of(status)));
  }
  query.is_answered = true;
  self.answered_.push_back(&query);
}

// Gives answers to those who wait; every waiter has run when its query goes.
void AresResolver::deliver() {
  while (!answered_.empty()) {
    const auto found = in_flight_.find(answered_.back()->name);
    answered_.pop_back();
    const std::unique_ptr<Query> query = std::move(found->second);
    in_flight_.erase(found);
    if (!stopping_) {
      cache_.put(query->name, query->answer, loop_.now() + query->ttl);
    }
    query->done.notify_all();
  }
}

Task<void> AresResolver::pump() {
  ForeignDescriptor watched(loop_, sockets_.value());
  while (!stopping_) {
    if (in_flight_.empty()) {
      if (const auto started = co_await started_.wait(); !started) {
        co_return;
      }
      continue;
    }
    const auto ready = co_await watched.readable(next_timeout());
    if (!ready && ready.error().code == base::Code::kCancelled) {
      co_return;
    }
    take_ready();
    deliver();
  }
}

// A query that begins during the wait times out no earlier than one try from its beginning, so the
// wait is no longer than one try.
base::MonoTime AresResolver::next_timeout() const {
  timeval longest{};
  longest.tv_sec = options_.try_timeout.count() / 1000;
  longest.tv_usec = options_.try_timeout.count() % 1000 * 1000;
  timeval wait{};
  ares_timeout(channel_, &longest, &wait);
  return loop_.now() + base::Seconds(wait.tv_sec) + base::Micros(wait.tv_usec);
}

void AresResolver::take_ready() {
  std::array<epoll_event, 32> events{};
  const int count = epoll_wait(sockets_.value(), events.data(), events.size(), 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    const bool ended = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
    const bool readable = ended || (event.events & EPOLLIN) != 0;
    const bool writable = ended || (event.events & EPOLLOUT) != 0;
    ares_process_fd(channel_, readable ? event.data.fd : ARES_SOCKET_BAD,
                    writable ? event.data.fd : ARES_SOCKET_BAD);
  }
  ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // what has timed out
}

// c-ares says what it waits for on a socket; nothing means that it is about to close it.
void AresResolver::on_socket(void* about, ares_socket_t fd, int readable, int writable) {
  const auto& self = *static_cast<AresResolver*>(about);
  epoll_event event{};
  event.events = (readable != 0 ? EPOLLIN : 0U) | (writable != 0 ? EPOLLOUT : 0U);
  event.data.fd = fd;
  if (event.events == 0) {
    epoll_ctl(self.sockets_.value(), EPOLL_CTL_DEL, fd, nullptr);
  } else if (epoll_ctl(self.sockets_.value(), EPOLL_CTL_MOD, fd, &event) != 0) {
    epoll_ctl(self.sockets_.value(), EPOLL_CTL_ADD, fd, &event);
  }
}

Task<void> AresResolver::stop() {
  stopping_ = true;
  co_await scope_.stop();
  ares_cancel(channel_);
  deliver();
}

}  // namespace

base::Result<std::unique_ptr<Resolver>> make_resolver(Loop& loop, const ResolverOptions& options) {
  UniqueFd sockets(epoll_create1(EPOLL_CLOEXEC));
  if (!sockets) {
    return base::fail(base::error_from_errno(errno, "epoll_create1"));
  }
  auto resolver = std::make_unique<AresResolver>(loop, options, std::move(sockets));
  WEFT_TRY_VOID(resolver->open());
  return resolver;
}

}  // namespace weft::io
