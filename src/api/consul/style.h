// How this family words its errors: one line of text. Source: contract/consul.md §1.
#pragma once

#include "api/consul/refusal.h"
#include "base/error.h"
#include "http/face_style.h"

namespace weft::api::consul {

class ConsulStyle final : public http::FaceStyle {
 public:
  http::Response answer_problem(const http::Problem& problem,
                                const http::Request* request) const override;
};

// An error of the state or of the node, in words a client can act on.
Refusal refusal_of(const base::Error& error);

}  // namespace weft::api::consul
