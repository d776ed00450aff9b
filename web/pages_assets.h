// The pages of web/dist inside the binary: one table, made at build time by web/embed.mjs and
// cmake/web.cmake. Start reading at pages(). With WEFT_UI=off the table is empty and everything
// else still builds.
#pragma once

#include <span>
#include <string_view>

namespace weft::web {

// One file as a browser asks for it.
// Lifetime: every view points into the binary and lives as long as the process.
// Thread:   any (immutable).
struct Page {
  std::string_view path;  // "/index.html", "/assets/index-B1c2.js": below the base, unescaped
  std::string_view content_type;  // with charset where it is text
  std::string_view etag;  // quoted, strong, of the identity bytes; a coding may add its own suffix
  bool immutable;  // the name carries a hash of the content: cache for a year, else revalidate
  std::string_view brotli;  // empty when it would not be smaller than identity
  std::string_view gzip;    // the same
  std::string_view
      identity;  // always there: for clients without codings, and to write <base href> into
};

// Every file, sorted by path (memcmp order): find one by binary search.
std::span<const Page> pages();

}  // namespace weft::web
