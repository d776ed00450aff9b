#include "http/kept_answers.h"

#include "base/check.h"

#include <utility>

namespace weft::http {

KeptAnswer::KeptAnswer(std::string head, std::string_view body, std::string_view date,
                       std::unique_ptr<const KeepWhile> keep_while)
    : bytes_(std::move(head)),
      head_bytes_(bytes_.size()),
      body_bytes_(body.size()),
      date_at_(bytes_.find(date)),
      date_(date),
      keep_while_(std::move(keep_while)) {
  WEFT_ASSERT(date_at_ != std::string::npos);
  bytes_ += body;
}

void KeptAnswer::seal() {
  auto sealed = io::SealedBytes::make(std::string_view(bytes_).substr(head_bytes_));
  if (sealed) {  // without, it is copied as ever
    sealed_.emplace(*std::move(sealed));
    bytes_.resize(head_bytes_);
    bytes_.shrink_to_fit();
  }
}

std::string_view KeptAnswer::bytes(std::string_view date) {
  if (date != date_) {
    bytes_.replace(date_at_, date_.size(), date);
    date_ = date;
  }
  return bytes_;
}

bool KeptAnswers::is_plain(const wire::RequestHead& head) {
  return head.method == wire::Method::kGet && head.version_minor == 1 &&
         head.framing.body == wire::BodyKind::kNone && head.framing.keep_alive &&
         !head.framing.upgrade && !head.headers.has(wire::HeaderId::kAuthorization) &&
         !head.headers.has(wire::HeaderId::kOrigin) &&
         !head.headers.has(wire::HeaderId::kIfNoneMatch) &&
         !head.headers.has(wire::HeaderId::kXConsulToken);
}

// No part of a key has a line feed.
std::string_view KeptAnswers::make_key(std::string_view listener, std::string_view authority,
                                       std::string_view path, std::string_view query) {
  key_.clear();
  for (const std::string_view part : {listener, authority, path, query}) {
    key_ += part;
    key_ += '\n';
  }
  return key_;
}

std::shared_ptr<KeptAnswer> KeptAnswers::find(const wire::RequestHead& head,
                                              std::string_view listener) {
  const auto found = answers_.find(make_key(listener, head.authority, head.path, head.query));
  if (found == answers_.end()) {
    return nullptr;
  }
  KeptAnswer& answer = *found->second;
  if (!answer.holds()) {
    forget(answer);
    answers_.erase(found);
    return nullptr;
  }
  if (answer.note_use() && sealed_count_ < kSealedMax) {
    answer.seal();
    sealed_count_ += answer.sealed() != nullptr ? 1U : 0U;
  }
  return found->second;
}

void KeptAnswers::keep(const Request& request, std::string_view listener,
                       std::shared_ptr<KeptAnswer> answer) {
  if (answer->size() > kAnswerBytesMax) {
    return;
  }
  if (bytes_ + answer->size() > kBytesMax) {
    drop_stale();
  }
  const auto [place, is_new] = answers_.try_emplace(
      std::string(make_key(listener, request.authority, request.path, request.query)));
  if (!is_new) {
    forget(*place->second);
  }
  bytes_ += answer->size();
  place->second = std::move(answer);
}

void KeptAnswers::forget(const KeptAnswer& answer) {
  bytes_ -= answer.size();
  sealed_count_ -= answer.sealed() != nullptr ? 1U : 0U;
}

void KeptAnswers::drop_stale() {
  std::erase_if(answers_, [this](const auto& entry) {
    if (entry.second->holds()) {
      return false;
    }
    forget(*entry.second);
    return true;
  });
  if (bytes_ > kBytesMax / 2) {
    answers_.clear();
    bytes_ = 0;
    sealed_count_ = 0;
  }
}

}  // namespace weft::http
