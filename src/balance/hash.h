// The hashes that the hashing strategies need. They are the same on every loop and node and after a
// restart, and not meant against an adversary: a client who picks its endpoint gains nothing.
#pragma once

#include "base/address.h"

#include <cstdint>
#include <cstring>
#include <string_view>

namespace weft::balance {

// Spreads every bit over all others. Source: MurmurHash3, fmix64 (public domain).
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

// PickContext::hash_key of a client.
inline std::uint64_t hash_client(const base::IpAddress& client) {
  std::uint64_t halves[2];
  std::memcpy(halves, client.bytes.data(), sizeof halves);
  return mix(mix(halves[0]) ^ halves[1]);
}

// EndpointSpec::identity_hash of "address:port"; never 0. Source: FNV-1a, mixed.
constexpr std::uint64_t hash_identity(std::string_view address) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : address) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  const std::uint64_t mixed = mix(hash);
  return mixed == 0 ? 1 : mixed;
}

}  // namespace weft::balance
