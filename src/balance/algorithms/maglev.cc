#include "balance/algorithms/maglev.h"

#include "balance/algorithms/hashing.h"
#include "balance/hash.h"

#include <algorithm>

namespace weft::balance {
namespace {

constexpr std::uint16_t kFree = 0xffff;
static_assert(Maglev::kMembersMax <= kFree);
// Odd, so that steps of a key never meet early. Source: 2^64 / golden ratio.
constexpr std::uint64_t kStride = 0x9e3779b97f4a7c15ULL;

// A member's way through the table: every place once, from its own start in its own steps.
struct Permutation {
  std::uint32_t place;
  std::uint32_t skip;

  explicit Permutation(std::uint64_t identity)
      : place(static_cast<std::uint32_t>(mix(identity) % Maglev::kTableSize)),
        skip(static_cast<std::uint32_t>(mix(identity ^ kStride) % (Maglev::kTableSize - 1)) + 1) {}

  void advance() {
    place += skip;
    place -= place >= Maglev::kTableSize ? Maglev::kTableSize : 0;
  }
};

// Whose turn it is: after `taken` turns the next is due at (taken + 1) / weight.
struct Turn {
  std::uint16_t member;
  std::uint32_t weight;
  std::uint32_t taken = 0;

  // Heaps of the library have the greatest on top.
  friend bool operator<(const Turn& a, const Turn& b) {
    const std::uint64_t due_a = (a.taken + 1ULL) * b.weight;
    const std::uint64_t due_b = (b.taken + 1ULL) * a.weight;
    return due_a != due_b ? due_a > due_b : a.member > b.member;
  }
};

}  // namespace

void Maglev::adopt(std::span<Endpoint* const> endpoints) {
  if (members_.adopt(endpoints, kMembersMax)) {
    fill();
  }
}

void Maglev::fill() {
  table_.assign(members_.size() == 0 ? 0 : kTableSize, kFree);
  std::vector<Permutation> permutations;
  std::vector<Turn> turns;
  permutations.reserve(members_.size());
  turns.reserve(members_.size());
  for (const Endpoint* member : members_) {
    turns.push_back({.member = static_cast<std::uint16_t>(turns.size()), .weight = member->weight});
    permutations.emplace_back(member->identity_hash);
  }
  std::make_heap(turns.begin(), turns.end());
  for (std::size_t filled = 0; filled < table_.size(); ++filled) {
    std::pop_heap(turns.begin(), turns.end());
    Turn& turn = turns.back();
    Permutation& way = permutations[turn.member];
    while (table_[way.place] != kFree) {
      way.advance();
    }
    table_[way.place] = turn.member;
    ++turn.taken;
    std::push_heap(turns.begin(), turns.end());
  }
}

Endpoint& Maglev::pick(std::span<Endpoint* const> candidates, const PickContext& context) {
  const std::uint64_t key = context.hash_key ? *context.hash_key : context.random.next();
  const std::uint32_t probes = table_.empty() ? 0 : kHashProbesMax;
  for (std::uint32_t probe = 0; probe < probes; ++probe) {
    Endpoint& endpoint = members_[table_[mix(key + probe * kStride) % kTableSize]];
    if (is_among(candidates, endpoint)) {
      return endpoint;
    }
  }
  return *rendezvous(candidates, key, [](const Endpoint&) { return true; });
}

}  // namespace weft::balance
