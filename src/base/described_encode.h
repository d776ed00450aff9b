// Value -> JSON by its description; members come in the order of BOOST_DESCRIBE_STRUCT, always.
#pragma once

#include "base/described_type.h"

#include <string>

namespace weft::base {

// Thread: any; pure.
template <class T>
json::value encode(const T& value) {
  return described::ShapeOf<T>::encode(&value);
}

// Returns: the compact JSON text of a described value.
template <class T>
std::string encode_text(const T& value) {
  return write_json(encode(value));
}

}  // namespace weft::base
