// Who looks at the overview, and the frames they get: one look serves all pages.
// Source: web/PROTOCOL.md "Node to page".
#pragma once

#include "api/kit/parts.h"
#include "api/ui/overview.h"
#include "http/websocket.h"
#include "io/task.h"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>

namespace weft::api::ui {

// Thread: the control loop. Lifetime: stop() is awaited before destruction.
class Hub final {
 public:
  explicit Hub(const kit::Parts& parts) : parts_(parts) {}
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Looks four times a second while somebody is subscribed.
  void start();
  io::Task<void> stop();

  // One page; speaks until the socket ends.
  io::Task<void> serve(http::WebSocket& socket);

  // A snapshot frame of the last look.
  std::string snapshot_frame();
  // Looks now unless somebody is subscribed, whom the looks belong to.
  void look_if_unwatched();

 private:
  struct Page {
    http::WebSocket* socket;
    bool subscribed = false;
    std::uint64_t index = 0;  // of the last frame it was sent
  };

  static io::Task<void> keep_looking(Hub* hub);
  void read_frame(Page& page, std::string_view text);
  void look_again();
  void send_snapshot(Page& page);
  void send_to_all(const std::shared_ptr<const std::string>& delta);
  bool has_subscribers() const;

  const kit::Parts& parts_;
  Overview last_;
  base::WallTime last_point_{};  // the newest point of `series` that was sent
  base::MonoTime last_sent_{};   // when a delta went out
  std::uint64_t index_ = 0;
  std::unordered_set<Page*> pages_;
  io::TaskScope tasks_;
};

}  // namespace weft::api::ui
