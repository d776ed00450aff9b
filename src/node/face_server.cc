#include "node/face_server.h"

#include "node/listening.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::node {

FaceServer::FaceServer(const Parts& parts, std::string role, WhenTaken when_taken,
                       const http::FaceStyle& style)
    : parts_(parts),
      role_(std::move(role)),
      when_taken_(when_taken),
      router_(style),
      dispatcher_(router_) {}

std::optional<std::string> FaceServer::listen(const ListenAddresses& addresses,
                                              const http::ServerOptions& options,
                                              Takeover* takeover, std::vector<BoundListener>& bound,
                                              std::vector<std::string>& warnings) {
  http::ServerOptions own = options;
  own.role = role_;
  server_ = std::make_unique<http::Server>(
      http::ServerParts{parts_.loop, dispatcher_, parts_.log, parts_.meters}, own);
  for (const base::SocketAddress& address : addresses.list) {
    InheritedListeners inherited;
    if (takeover != nullptr) {
      inherited = takeover->take(role_, address.to_string());
    }
    if (!inherited.descriptors.empty()) {
      bound.push_back({role_, inherited.address, address.to_string()});
      std::ranges::move(inherited.descriptors, std::back_inserter(inherited_));
      continue;
    }
    const auto listening = server_->listen(address);
    if (listening) {
      bound.push_back({role_, listening->to_string(), address.to_string()});
      continue;
    }
    const std::string why = why_not_listening(address, listening.error());
    if (when_taken_ == WhenTaken::kFail) {
      return why;
    }
    parts_.log.warning("a listener could not be opened, the rest goes on without it",
                       {{"role", role_}, {"why", why}});
    warnings.push_back(role_ + ": " + why + ". The rest goes on without it.");
  }
  return std::nullopt;
}

// Nobody was lost meanwhile: who came waits in the queues of these sockets.
void FaceServer::accept() {
  for (io::UniqueFd& socket : inherited_) {
    if (const auto listening = server_->inherit(std::move(socket)); !listening) {
      parts_.log.error("a listener was not taken over",
                       {{"role", role_}, {"error", base::describe(listening.error())}});
    }
  }
  inherited_.clear();
}

std::vector<http::Server::OpenListener> FaceServer::listeners() const {
  return server_ ? server_->listeners() : std::vector<http::Server::OpenListener>();
}

io::Task<void> FaceServer::stop(base::MonoTime deadline) {
  if (server_) {
    co_await server_->stop(deadline);
  }
}

}  // namespace weft::node
