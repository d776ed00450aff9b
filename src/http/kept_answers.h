// KeptAnswers: whole answers that still hold, found before anything of a request is copied. Who
// asks a registry asks the same again and again; such an answer costs a look-up and a send.
//
// A handler says how long its answer holds (Context::keep_while); the server does the rest. Only
// plain questions are answered from here: a GET without a body, a token, an origin or a condition,
// towards a listener whose gates have let the same Host pass before.
#pragma once

#include "base/hash.h"
#include "base/time.h"
#include "http/request.h"
#include "http/response.h"
#include "io/sealed_bytes.h"
#include "wire/http1.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weft::http {

// Does an answer still hold? Thread: its loop.
class KeepWhile {
 public:
  virtual ~KeepWhile() = default;
  virtual bool holds() const = 0;
};

// An answer with its head, towards HTTP/1.1 clients that keep their connection.
// Thread: its loop. The date within its head is brought up to date in place: it has one length.
class KeptAnswer final {
 public:
  // `date`: what stands in the Date field of `head`.
  KeptAnswer(std::string head, std::string_view body, std::string_view date,
             std::unique_ptr<const KeepWhile> keep_while);

  bool holds() const { return keep_while_->holds(); }
  std::size_t size() const { return head_bytes_ + body_bytes_; }
  // How often it was found. An answer that is large and asked for again and again is sealed.
  bool note_use() { return ++uses_ == kUsesBeforeSealing && body_bytes_ >= kSealedBytesMin; }
  void seal();

  // The whole answer; of a sealed one its head alone.
  std::string_view bytes(std::string_view date);
  const io::SealedBytes* sealed() const { return sealed_ ? &*sealed_ : nullptr; }

 private:
  static constexpr std::uint32_t kUsesBeforeSealing = 4;
  // chosen by measurement: below, the copy is as cheap as the second system call.
  static constexpr std::size_t kSealedBytesMin = 8 * 1024;

  std::string bytes_;
  std::size_t head_bytes_;
  std::size_t body_bytes_;
  std::size_t date_at_;
  std::string date_;
  std::unique_ptr<const KeepWhile> keep_while_;
  std::optional<io::SealedBytes> sealed_;
  std::uint32_t uses_ = 0;
};

// Thread: its loop.
class KeptAnswers final {
 public:
  // chosen: some thousand lists of a registry. When it is full, everything is forgotten: what is
  // asked for comes back with the next question.
  static constexpr std::size_t kBytesMax = 32 * 1024 * 1024;
  static constexpr std::size_t kAnswerBytesMax = 1024 * 1024;
  static constexpr std::size_t kSealedMax = 512;  // each holds a descriptor

  // Is it a question that may be answered from here?
  static bool is_plain(const wire::RequestHead& head);

  // Returns: the answer to a plain question, or null. `listener` tells apart what is asked where.
  std::shared_ptr<KeptAnswer> find(const wire::RequestHead& head, std::string_view listener);
  void keep(const Request& request, std::string_view listener, std::shared_ptr<KeptAnswer> answer);

  std::size_t bytes() const { return bytes_; }

 private:
  // The text of `key_`, filled in without an allocation on the way of a request.
  std::string_view make_key(std::string_view listener, std::string_view authority,
                            std::string_view path, std::string_view query);
  void forget(const KeptAnswer& answer);
  void drop_stale();

  std::unordered_map<std::string, std::shared_ptr<KeptAnswer>, base::TextHash, std::equal_to<>>
      answers_;
  std::size_t bytes_ = 0;
  std::size_t sealed_count_ = 0;
  std::string key_;
};

}  // namespace weft::http
