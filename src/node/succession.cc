// How a node follows another process and is followed by one; takeover_message.h has the order of
// things.
#include "node/node.h"

#include <algorithm>

namespace weft::node {

io::Task<std::optional<StartFailure>> Node::finish_takeover() {
  const auto finished = co_await takeover_->finish();
  if (!finished) {
    co_return StartFailure{finished.error()};
  }
  co_return std::nullopt;
}

// From here on another process may take over; without, everything else works as well.
void Node::offer_takeover() {
  if (!taken_over_) {
    return;
  }
  TakeoverOffer::Acts acts;
  acts.listeners = [this] { return offered_listeners(); };
  acts.release_store = [this] { return release_store(this); };
  acts.take_back_store = [this] { return take_back_store(this); };
  acts.leave = [this](const std::vector<std::string>& taken) { leave(taken); };
  auto offer = TakeoverOffer::open(loop_, log_, settings_.data_dir, std::move(acts));
  if (!offer) {
    log_.warning("another process cannot take over from this one",
                 {{"path", settings_.data_dir + std::string(kTakeoverSocket)},
                  {"error", base::describe(offer.error())}});
    return;
  }
  offer_ = std::move(*offer);
  tasks_.spawn("takeover offer", offer_->run());
}

std::vector<OfferedListener> Node::offered_listeners() const {
  std::vector<OfferedListener> out;
  const auto name_of = [this](std::string_view role, const std::string& address) {
    const auto found = std::ranges::find_if(bound_, [&](const BoundListener& one) {
      return one.role == role && one.address == address;
    });
    return ListenerName{std::string(role), found != bound_.end() ? found->wanted : address,
                        address};
  };
  for (const FaceServer* server : {&control_, &consul_}) {
    for (const http::Server::OpenListener& listener : server->listeners()) {
      out.push_back({name_of(server->role(), listener.address.to_string()), listener.descriptor});
    }
  }
  if (dns_) {
    for (const dns::Server::OpenListener& listener : dns_->listeners()) {
      const ListenerName name = name_of(DnsPart::kTcpRole, listener.address.to_string());
      out.push_back({name, listener.tcp});
      out.push_back({{std::string(DnsPart::kUdpRole), name.wanted, name.address}, listener.udp});
    }
  }
  for (const proxy::DataPlane::PlaneListener& listener : plane_.listeners()) {
    out.push_back({name_of("proxy", listener.open.address.to_string()), listener.open.descriptor});
  }
  return out;
}

io::Task<base::Result<std::uint64_t>> Node::release_store(Node* node) {
  WEFT_CO_TRY_VOID(co_await node->state_->release_store());
  co_return node->state_->view()->index();
}

io::Task<base::Result<void>> Node::take_back_store(Node* node) {
  co_return co_await node->state_->take_back_store();
}

void Node::leave(const std::vector<std::string>& taken) {
  has_left_ = true;
  state_->give_up_store();
  for (const proxy::DataPlane::PlaneListener& listener : plane_.listeners()) {
    if (std::ranges::find(taken, listener.open.address.to_string()) != taken.end()) {
      plane_.leave_queues(listener.open.address);
    }
  }
  taken_over_();
}

}  // namespace weft::node
