// The face of Consul's HTTP API. The door of this room.
#pragma once

#include "api/consul/acl.h"
#include "api/kit/parts.h"
#include "base/address.h"
#include "http/client.h"
#include "http/dispatch.h"
#include "http/face_style.h"
#include "http/router.h"
#include "io/blocking_pool.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::api::consul {

// Another datacenter, and where it is asked.
struct WanPeer {
  std::string name;
  base::HostPort to;
};

// What this face shows of its node beyond kit::NodeFacts. Thread: any (a value).
struct FaceOptions {
  std::string datacenter = "dc1";
  std::string domain = "consul.";       // of DNS; some answers name it
  bool allow_scripts = false;           // checks that run programs
  std::shared_ptr<const Acl> acl = {};  // null: everybody may do everything
  std::vector<WanPeer> peers = {};
};

// Thread: the control loop. Lifetime: the parts outlive it, it outlives its routes.
struct Face {
  const kit::Parts& parts;
  FaceOptions options;
  http::Client* wan = nullptr;       // asks other datacenters; null: there are none
  io::BlockingPool* pool = nullptr;  // for what would keep the loop; never null while it answers

  const std::string& own_node() const { return parts.node.name; }
};

// Who may do what, when that is asked, and the field that says whether it is.
// Lifetime: the face outlives the dispatcher.
void add_gates(http::Dispatcher& dispatcher, const Face& face);

void add_routes(http::Router& router, const http::FaceStyle& style, const Face& face);

}  // namespace weft::api::consul
