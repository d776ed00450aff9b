// Conversations of a command with a node's API: where the node is, one call after another, and what
// to tell a person when it does not work.
#pragma once

#include "base/address.h"
#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "http/client.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "wire/http1.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace weft::cli {

// The command line is wrong (contract/README.md "CLI").
inline constexpr int kUsageError = 2;

// Where the mesh's API is on a node.
inline constexpr const char* kMeshApi = "/api/v1/mesh/v2";

// Why a command ends early: one line for stderr that says what to do next, and the exit code.
struct Failure {
  std::string line;
  int exit_code = 1;
  std::uint16_t status = 0;  // of the node's answer; 0: there was none
};

template <class T>
using Outcome = std::expected<T, Failure>;

// How a person says where an API is. Lifetime: of the program.
struct UrlWords {
  std::string_view option = "--url";
  std::string_view environment = "WEFT_URL";
  std::string_view usual = "http://127.0.0.1:8000";
};

// Where a node's API is.
struct ApiUrl {
  std::string text;  // as given, without a trailing slash
  base::HostPort to;
  std::string prefix;  // of every path: "" or "/mesh"
  UrlWords words;
};

// Reads "http://host:port/prefix"; the scheme may be left out, the port is 80 then as with any URL.
// Errors: exit code 2; https is refused, for the client does not speak it.
// Thread: any; pure.
Outcome<ApiUrl> parse_api_url(std::string_view text, const UrlWords& words = {});

// Source: contract/ose.md §10: requests give up after 3 s.
inline constexpr base::Nanos kPatience = base::Seconds(3);

// What a person is told when a call ended with `error` instead of an answer.
// Thread: any; pure.
std::string explain_no_answer(const ApiUrl& url, const base::Error& error,
                              base::Nanos patience = kPatience);

// What a person is told when the node said no: the sentence or the field errors of its answer.
// Source: contract/README.md "Error shapes" (mesh: {"detail"}).
// Thread: any; pure.
std::string explain_refusal(const ApiUrl& url, std::uint16_t status, std::string_view body);

// Thread: the one that made it; every call blocks it for at most kPatience.
class ApiSession final {
 public:
  // Errors: parse_api_url's; a machine without epoll.
  static Outcome<std::unique_ptr<ApiSession>> open(std::string_view url,
                                                   const UrlWords& words = {});
  ApiSession(ApiUrl url, std::unique_ptr<io::Driver> driver);
  ApiSession(const ApiSession&) = delete;
  ApiSession& operator=(const ApiSession&) = delete;
  ~ApiSession();

  const ApiUrl& url() const { return url_; }
  io::Loop& loop() { return loop_; }
  base::MonoTime now() { return loop_.driver().now(); }
  base::WallTime wall_now() { return loop_.wall_now(); }

  // Sends one request; `body` is sent as JSON unless it is null.
  // Returns: the JSON of a 2xx answer.
  Outcome<json::value> call(wire::Method method, const std::string& target,
                            const json::value& body = nullptr);
  Outcome<json::value> fetch(const std::string& target) { return call(wire::Method::kGet, target); }

  // Sends one request to the node, whatever its `to`; its target goes below the URL's prefix. Any
  // status is an answer. Errors: those of http::Client::call.
  io::Task<base::Result<http::ClientResponse>> send(http::ClientRequest request);
  // The same to its end.
  base::Result<http::ClientResponse> send_now(http::ClientRequest request);

 private:
  ApiUrl url_;
  io::Loop loop_;
  std::unique_ptr<io::Resolver> resolver_;
  http::Client client_;
};

}  // namespace weft::cli
