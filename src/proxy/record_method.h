// The method of a request as records count it.
#pragma once

#include "model/record.h"
#include "wire/http1.h"

namespace weft::proxy {

constexpr model::Method record_method(wire::Method method) {
  switch (method) {
    case wire::Method::kGet:
      return model::Method::kGet;
    case wire::Method::kHead:
      return model::Method::kHead;
    case wire::Method::kPost:
      return model::Method::kPost;
    case wire::Method::kPut:
      return model::Method::kPut;
    case wire::Method::kPatch:
      return model::Method::kPatch;
    case wire::Method::kDelete:
      return model::Method::kDelete;
    case wire::Method::kOptions:
      return model::Method::kOptions;
    case wire::Method::kConnect:
      return model::Method::kConnect;
    case wire::Method::kTrace:
      return model::Method::kTrace;
    case wire::Method::kOther:
      break;
  }
  return model::Method::kOther;
}

}  // namespace weft::proxy
