// A subscription that nobody keeps ends at once.
// Refused by: g++, "ignoring return value of .*subscribe.*nodiscard"
#include "state/feed.h"

using weft::state::Feed;

Feed::Subscription follow(Feed& feed, Feed::Subscriber subscriber) {
#ifdef WEFT_MISUSE
  feed.subscribe(subscriber);
#endif
  return feed.subscribe(subscriber);
}
