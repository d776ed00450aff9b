#include "io/frame_pool.h"

#include "base/check.h"

#include <array>
#include <cstdlib>
#include <new>
#include <sanitizer/asan_interface.h>

namespace weft::io {
namespace {

constexpr std::size_t kClassBytes = 64;
constexpr std::size_t kClassCount = 64;         // frames up to 4 KiB are pooled
constexpr std::size_t kFreePerClassMax = 4096;  // beyond that memory goes back to the heap

struct FreeFrame {
  FreeFrame* next;
};

struct FrameLists {
  std::array<FreeFrame*, kClassCount> head{};
  std::array<std::size_t, kClassCount> count{};
};

// Without a destructor: one would have every access ask whether the lists exist yet.
constinit thread_local FrameLists t_lists;

// Gives the lists of a thread that ends back to the heap. Made with the thread's first frame.
struct FrameListsEnd {
  ~FrameListsEnd() {
    for (FreeFrame*& list : t_lists.head) {
      while (list != nullptr) {
        ASAN_UNPOISON_MEMORY_REGION(list, sizeof(FreeFrame));
        FreeFrame* next = list->next;
        std::free(list);
        list = next;
      }
    }
    t_lists.count.fill(kFreePerClassMax);  // what is freed later goes to the heap
  }
  void touch() {}
};

thread_local FrameListsEnd t_end;

std::size_t class_of(std::size_t bytes) { return (bytes + kClassBytes - 1) / kClassBytes; }

}  // namespace

void* allocate_frame(std::size_t bytes) {
  const std::size_t size_class = class_of(bytes);
  if (size_class < kClassCount && t_lists.head[size_class] != nullptr) {
    FreeFrame* frame = t_lists.head[size_class];
    ASAN_UNPOISON_MEMORY_REGION(frame, size_class * kClassBytes);
    t_lists.head[size_class] = frame->next;
    __builtin_prefetch(frame->next, 1);  // the next one to be taken
    --t_lists.count[size_class];
    return frame;
  }
  t_end.touch();
  void* memory = std::malloc(size_class * kClassBytes);
  WEFT_ASSERT(memory != nullptr);  // out of memory ends the process
  return memory;
}

void free_frame(void* frame, std::size_t bytes) noexcept {
  const std::size_t size_class = class_of(bytes);
  if (size_class >= kClassCount || t_lists.count[size_class] >= kFreePerClassMax) {
    std::free(frame);
    return;
  }
  auto* entry = static_cast<FreeFrame*>(frame);
  entry->next = t_lists.head[size_class];
  t_lists.head[size_class] = entry;
  ++t_lists.count[size_class];
  // A frame used after its end is found by the address sanitizer, though its memory is kept.
  ASAN_POISON_MEMORY_REGION(frame, size_class * kClassBytes);
}

}  // namespace weft::io
