#include "wire/sha256.h"

#include "base/check.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace weft::wire {

Sha256 sha256(std::string_view bytes) {
  Sha256 out{};
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, EVP_sha256(), nullptr);
  WEFT_ASSERT(done == 1);
  return out;
}

std::optional<Sha256> sha256_from_hex(std::string_view text) {
  Sha256 out{};
  if (text.size() != out.size() * 2 || !base::decode_hex(text, out)) {
    return std::nullopt;
  }
  return out;
}

bool is_same(const Sha256& one, const Sha256& other) {
  return CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace weft::wire
