// The way of every PUT and DELETE: judge the question, carry it out, answer.
#pragma once

#include "api/consul/asked.h"
#include "api/consul/face.h"
#include "api/consul/refusal.h"
#include "api/consul/sight.h"
#include "base/json.h"
#include "http/context.h"
#include "http/router.h"
#include "io/task.h"
#include "model/command.h"
#include "state/state.h"

#include <string>
#include <string_view>
#include <vector>

namespace weft::api::consul {

// One write under way. Lifetime: its request's.
struct Request {
  const Face& face;
  http::Context& context;
  Asked asked;

  const model::View& view() const { return *face.parts.state.view(); }
  const std::string& path(std::string_view name) const;
  // The body as JSON; an empty body is null. Errors: 400 in Consul's words.
  Judged<json::value> body() const;

  // May whoever asks do this? Where the table of the gate leaves it to the handler (acl_gate.h),
  // apply() carries out nothing that has not passed here. Errors: 403.
  Judged<void> require(AclResource resource, std::string_view name, AclAccess access);
  // The same for every name that begins with `prefix`.
  Judged<void> require_below(AclResource resource, std::string_view prefix, AclAccess access);

  bool is_judged = false;
};

using WriteHandler = io::Task<Judged<http::Response>> (*)(Request*);

// `path` as http::Route has it. `face` outlives the router.
void add_writing(http::Router& router, const http::FaceStyle& style, const Face& face,
                 std::string_view method, std::string path, WriteHandler handler);

// The same, and by GET too, as Consul took it before 1.0 and its clients of that time still ask:
// but for browsers, where any page could make one. chosen: contract/sutazai.md names such a client.
void add_old_writing(http::Router& router, const http::FaceStyle& style, const Face& face,
                     std::string path, WriteHandler handler);

// Carries out `steps` for whoever asks. Errors: those of kit::write(), for the handler to word;
// kForbidden: nobody has judged whether they may.
io::Task<base::Result<state::Applied>> apply(Request* request, std::vector<model::Step> steps);

// 200 without a body; 200 with a JSON value.
http::Response done();
http::Response say(const Request& request, const json::value& value);

}  // namespace weft::api::consul
