// Clients that keep their connections and believe nothing: they count every answer by status, hold
// what it says about service and instance against what was asked, and write down which POSTs were
// answered. One epoll loop.
//
//   weft_fire_load --to PORT [--connections 16] [--requests N | --seconds S] [--paths /svc/web/]
//     [--post-ratio 0.5] [--gap-ms 40,60]  pause of a connection between two requests, drawn so
//     [--burst 1]                          all pause for the same time and ask at once
//     [--body-bytes 16]                    of a POST
//     [--once 1]                           a connection of its own for each request
//     [--answered FILE]                    numbers of the POSTs that got 2xx, as 64-bit integers
//     [--first-id 1] [--seed 1] [--timeout-ms 10000]
//
// Ends with one line of JSON, on SIGTERM too: no request begins then.
#include "tool.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <queue>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace weft::fire {
namespace {

struct Client {
  int fd = -1;
  std::uint64_t turn = 0;  // grows with each request and each close
  bool is_busy = false;
  bool is_post = false;
  std::uint64_t id = 0;
  std::size_t path = 0;
  std::int64_t sent_us = 0;
  std::string output;
  std::string input;
};

struct Wake {
  std::int64_t at_us;
  std::size_t client;
  std::uint64_t turn;  // void when the client has gone on since
  bool operator>(const Wake& other) const { return at_us > other.at_us; }
};

struct Tally {
  std::map<std::string, std::uint64_t> answers;    // "GET 200"
  std::map<std::string, std::uint64_t> instances;  // who answered 2xx
  std::vector<std::uint32_t> took_us;
  std::uint64_t connections = 0;
  std::uint64_t lost = 0;  // requests that got no whole answer
  std::uint64_t misrouted = 0;
  std::string first_trouble;
};

class Load final {
 public:
  explicit Load(const Arguments& arguments)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        chance_(arguments.count("seed", 1)),
        port_(static_cast<std::uint16_t>(arguments.count("to", 0))),
        paths_(arguments.list("paths", "/svc/web/")),
        post_ratio_(arguments.number("post-ratio", 0)),
        timeout_us_(static_cast<std::int64_t>(arguments.number("timeout-ms", 10'000) * 1000)),
        requests_max_(arguments.count("requests", 0)),
        end_us_(now_us() + static_cast<std::int64_t>(arguments.number("seconds", 3600) * 1e6)),
        next_id_(arguments.count("first-id", 1)),
        bursts_(arguments.count("burst", 0) > 0),
        once_(arguments.count("once", 0) > 0),
        body_(arguments.count("body-bytes", 16), 'x') {
    const auto gap = arguments.list("gap-ms", "0,0");
    gap_us_ = {std::strtod(gap.front().c_str(), nullptr) * 1000,
               std::strtod(gap.back().c_str(), nullptr) * 1000};
    const std::string path = arguments.text("answered");
    answered_ = path.empty() ? nullptr : std::fopen(path.c_str(), "wb");
    clients_.resize(arguments.count("connections", 16));
    end_on_signal();
  }

  void run() {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      rest(i);
    }
    std::array<epoll_event, 256> events{};
    while (busy_ > 0 || goes_on()) {
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), wait_ms());
      for (int i = 0; i < count; ++i) {
        const std::uint64_t about = events[static_cast<std::size_t>(i)].data.u64;
        if (about == kSignal) {
          end_us_ = 0;
        } else {
          on_ready(static_cast<std::size_t>(about));
        }
      }
      wake_all();
    }
    print();
    if (answered_ != nullptr) {
      static_cast<void>(std::fclose(answered_));
    }
  }

 private:
  static constexpr std::uint64_t kSignal = ~0ULL;  // in place of a client's number

  void end_on_signal() {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLONESHOT;
    event.data.u64 = kSignal;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, ::signalfd(-1, &ends, SFD_CLOEXEC), &event);
  }

  bool goes_on() const {
    return now_us() < end_us_ && (requests_max_ == 0 || begun_ < requests_max_);
  }

  int wait_ms() const {
    const std::int64_t due = wakes_.empty() ? end_us_ : std::min(wakes_.top().at_us, end_us_);
    return static_cast<int>(std::clamp<std::int64_t>(due - now_us() + 999, 0, 1'000'000) / 1000);
  }

  // The next request of a client comes after a pause, or at once.
  void rest(std::size_t number) {
    if (bursts_) {
      while (next_burst_us_ <= now_us()) {
        next_burst_us_ =
            now_us() + static_cast<std::int64_t>(chance_.between(gap_us_[0], gap_us_[1]));
      }
      wakes_.push({next_burst_us_, number, clients_[number].turn});
      return;
    }
    const double gap = chance_.between(gap_us_[0], gap_us_[1]);
    if (gap < 1 && clients_[number].fd >= 0) {
      ask(number);
      return;
    }
    wakes_.push({now_us() + static_cast<std::int64_t>(gap), number, clients_[number].turn});
  }

  void wake_all() {
    const std::int64_t now = now_us();
    while (!wakes_.empty() && wakes_.top().at_us <= now) {
      const Wake wake = wakes_.top();
      wakes_.pop();
      Client& client = clients_[wake.client];
      if (client.turn != wake.turn) {
        continue;
      }
      if (client.is_busy) {
        trouble(client, "no answer in time");
        give_up(wake.client);
      } else {
        ask(wake.client);
      }
    }
  }

  void ask(std::size_t number) {
    if (!goes_on()) {
      return;
    }
    Client& client = clients_[number];
    ++client.turn;
    ++begun_;
    ++busy_;
    client.is_busy = true;
    client.is_post = chance_.unit() < post_ratio_;
    client.id = next_id_++;
    client.path = chance_.below(paths_.size());
    client.sent_us = now_us();
    client.input.clear();
    client.output = std::string(client.is_post ? "POST " : "GET ") + paths_[client.path] +
                    " HTTP/1.1\r\nHost: localhost\r\nX-Fire-Id: " + std::to_string(client.id);
    if (once_) {
      client.output += "\r\nConnection: close";
    }
    if (client.is_post) {
      client.output += "\r\nContent-Length: " + std::to_string(body_.size());
    }
    client.output.append(kHeadEnd);
    if (client.is_post) {
      client.output.append(body_);
    }
    wakes_.push({client.sent_us + timeout_us_, number, client.turn});
    if (client.fd < 0) {
      connect(number);
    } else if (!flush(client)) {
      trouble(client, "the connection does not take the request");
      give_up(number);
    }
  }

  void connect(std::size_t number) {
    Client& client = clients_[number];
    client.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    make_prompt(client.fd);
    ++tally_.connections;
    const sockaddr_in to = loopback(port_);
    if (::connect(client.fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0 &&
        errno != EINPROGRESS) {
      fail("cannot connect", errno);
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u64 = number;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event);
  }

  static bool flush(Client& client) {
    while (!client.output.empty()) {
      const ssize_t sent =
          ::send(client.fd, client.output.data(), client.output.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        return would_block() || errno == ENOTCONN;
      }
      client.output.erase(0, static_cast<std::size_t>(sent));
    }
    return true;
  }

  void on_ready(std::size_t number) {
    Client& client = clients_[number];
    if (client.fd < 0) {
      return;
    }
    bool is_open = flush(client);
    std::array<char, 16384> piece;
    while (is_open) {
      const ssize_t count = ::recv(client.fd, piece.data(), piece.size(), 0);
      if (count < 0) {
        is_open = would_block();
        break;
      }
      is_open = count > 0;
      client.input.append(piece.data(), static_cast<std::size_t>(count));
    }
    const std::uint64_t turn = client.turn;
    if (client.is_busy && take_answer(number, is_open)) {
      return;
    }
    if (!is_open && client.turn == turn) {
      if (client.is_busy) {
        trouble(client, "the connection ended without a whole answer");
      }
      give_up(number);
    }
  }

  // Returns: true when a whole answer was there, and the client went on.
  bool take_answer(std::size_t number, bool is_open) {
    Client& client = clients_[number];
    const std::size_t end = client.input.find(kHeadEnd);
    if (end == std::string::npos) {
      return false;
    }
    const std::string_view head = std::string_view(client.input).substr(0, end);
    if (client.input.size() < end + kHeadEnd.size() + number_of(field(head, "Content-Length"))) {
      return false;
    }
    judge(client, head);
    const bool closes = !is_open || field(head, "Connection") == "close";
    ++client.turn;
    --busy_;
    client.is_busy = false;
    if (closes) {
      close(client);
    }
    rest(number);
    return true;
  }

  void judge(const Client& client, std::string_view head) {
    const std::string status(head.substr(std::min(head.find(' ') + 1, head.size()), 3));
    ++tally_.answers[(client.is_post ? "POST " : "GET ") + status];
    tally_.took_us.push_back(static_cast<std::uint32_t>(now_us() - client.sent_us));
    if (!status.starts_with('2')) {
      remember(std::string(head) + "\n" + client.input.substr(head.size() + kHeadEnd.size()));
      return;
    }
    if (client.is_post && answered_ != nullptr) {
      static_cast<void>(std::fwrite(&client.id, sizeof client.id, 1, answered_));
    }
    const std::string_view instance = field(head, "X-Fire-Instance");
    const std::string_view said = field(head, "X-Mesh-Instance");
    ++tally_.instances[std::string(instance)];
    if (!paths_[client.path].starts_with("/svc/")) {
      return;  // not by name: whoever answers is right
    }
    const std::string begin = "/svc/" + std::string(field(head, "X-Fire-Service")) + "/";
    if (!paths_[client.path].starts_with(begin) || said != instance) {
      ++tally_.misrouted;
      remember("asked " + paths_[client.path] + "\n" + std::string(head));
    }
  }

  void trouble(const Client& client, const std::string& what) {
    ++tally_.lost;
    remember(what + " (" + paths_[client.path] + ", number " + std::to_string(client.id) + ")");
  }

  void remember(const std::string& what) {
    if (tally_.first_trouble.empty()) {
      tally_.first_trouble = what;
    }
  }

  // The request under way, if any, is lost; the client begins anew.
  void give_up(std::size_t number) {
    Client& client = clients_[number];
    busy_ -= client.is_busy ? 1 : 0;
    client.is_busy = false;
    ++client.turn;
    close(client);
    rest(number);
  }

  static void close(Client& client) {
    ::close(client.fd);
    client.fd = -1;
  }

  std::uint32_t quantile(double share) {
    auto& all = tally_.took_us;
    if (all.empty()) {
      return 0;
    }
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(all.size() - 1));
    std::nth_element(all.begin(), all.begin() + at, all.end());
    return all[static_cast<std::size_t>(at)];
  }

  static std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') {
        out += '\\';
      }
      out += c == '\n' ? std::string("\\n")
                       : std::string(static_cast<unsigned char>(c) < 32 ? 0 : 1, c);
    }
    return out + "\"";
  }

  static std::string object(const std::map<std::string, std::uint64_t>& counts) {
    std::string out;
    for (const auto& [name, count] : counts) {
      out += (out.empty() ? "" : ",") + quoted(name) + ":" + std::to_string(count);
    }
    return "{" + out + "}";
  }

  void print() {
    const std::string text =
        "{\"requests\":" + std::to_string(begun_) + ",\"answers\":" + object(tally_.answers) +
        ",\"instances\":" + object(tally_.instances) + ",\"lost\":" + std::to_string(tally_.lost) +
        ",\"misrouted\":" + std::to_string(tally_.misrouted) +
        ",\"connections\":" + std::to_string(tally_.connections) +
        ",\"p50_us\":" + std::to_string(quantile(0.5)) +
        ",\"p99_us\":" + std::to_string(quantile(0.99)) +
        ",\"max_us\":" + std::to_string(quantile(1)) +
        ",\"first_trouble\":" + quoted(tally_.first_trouble) + "}";
    static_cast<void>(std::puts(text.c_str()));
  }

  const int epoll_;
  Chance chance_;
  const std::uint16_t port_;
  const std::vector<std::string> paths_;
  const double post_ratio_;
  const std::int64_t timeout_us_;
  const std::uint64_t requests_max_;
  std::int64_t end_us_;
  std::uint64_t next_id_;
  const bool bursts_;
  const bool once_;
  std::int64_t next_burst_us_ = 0;
  const std::string body_;
  std::array<double, 2> gap_us_{};
  std::FILE* answered_ = nullptr;
  std::vector<Client> clients_;
  std::priority_queue<Wake, std::vector<Wake>, std::greater<>> wakes_;
  std::uint64_t begun_ = 0;
  std::uint64_t busy_ = 0;
  Tally tally_;
};

}  // namespace
}  // namespace weft::fire

int main(int argc, char** argv) {
  const weft::fire::Arguments arguments(
      argc, argv,
      {"to", "connections", "requests", "seconds", "paths", "post-ratio", "gap-ms", "burst",
       "body-bytes", "once", "answered", "first-id", "seed", "timeout-ms"});
  weft::fire::Load load(arguments);
  load.run();
}
