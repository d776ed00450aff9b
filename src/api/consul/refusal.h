// Why a request is not answered as asked: a status and Consul's line of text.
#pragma once

#include "http/response.h"

#include <expected>
#include <string>
#include <utility>

namespace weft::api::consul {

struct Refusal {
  int status = 400;
  std::string text;
};

template <class T = void>
using Judged = std::expected<T, Refusal>;

inline std::unexpected<Refusal> refuse(int status, std::string text) {
  return std::unexpected(Refusal{status, std::move(text)});
}

http::Response answer_refusal(const Refusal& refusal);

}  // namespace weft::api::consul
