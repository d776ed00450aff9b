#include "base/table_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace weft::base {
namespace {

struct Piece {
  void* memory = nullptr;
  std::size_t bytes = 0;
};

std::vector<Piece> take_pieces(std::size_t count) {
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t bytes = 1 + i % 600;
    pieces.push_back({take_table_memory(bytes), bytes});
    std::memset(pieces.back().memory, static_cast<int>(i), bytes);
  }
  return pieces;
}

void give_back(const std::vector<Piece>& pieces) {
  for (const Piece& piece : pieces) {
    free_table_memory(piece.memory, piece.bytes);
  }
}

bool all_whole(const std::vector<Piece>& pieces) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto* bytes = static_cast<const unsigned char*>(pieces[i].memory);
    for (std::size_t k = 0; k < pieces[i].bytes; ++k) {
      if (bytes[k] != static_cast<unsigned char>(i)) {
        return false;
      }
    }
  }
  return true;
}

constexpr std::size_t kMany = 30'000;  // beyond what the heap gives

TEST(TableMemory, PiecesDoNotOverlapAndBeginWithALine) {
  const auto pieces = take_pieces(kMany);
  EXPECT_TRUE(all_whole(pieces));
  for (const Piece& piece : pieces) {
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(piece.memory) % kLineBytes, 0U) << piece.bytes;
  }
  give_back(pieces);
}

TEST(TableMemory, UsesAgainWhatWasFreed) {
  constexpr std::size_t kBytes = 7 * kLineBytes;
  std::set<void*> first;
  for (std::size_t i = 0; i < kMany; ++i) {
    first.insert(take_table_memory(kBytes));
  }
  for (void* memory : first) {
    free_table_memory(memory, kBytes);
  }
  std::vector<void*> second;
  std::size_t known = 0;
  for (std::size_t i = 0; i < kMany; ++i) {
    second.push_back(take_table_memory(kBytes));
    known += first.count(second.back());
  }
  for (void* memory : second) {
    free_table_memory(memory, kBytes);
  }
  if (!kEachPieceAlone) {  // the heap of a sanitizer keeps what was freed for a while
    EXPECT_EQ(known, kMany);
  }
}

TEST(TableMemory, AThreadFreesWhatAnotherOneTook) {
  std::vector<Piece> theirs;
  std::thread([&theirs] { theirs = take_pieces(kMany); }).join();
  const auto ours = take_pieces(kMany);
  EXPECT_TRUE(all_whole(theirs));
  EXPECT_TRUE(all_whole(ours));
  give_back(theirs);
  give_back(ours);
}

}  // namespace
}  // namespace weft::base
