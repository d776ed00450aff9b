#include "wire/gzip.h"

#include "base/check.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace weft::wire {
namespace {

using base::Code;

constexpr int kGzipFormat = 15 + 16;  // the largest window, and the format
constexpr std::size_t kPiece = std::size_t{64} * 1024;

// zlib counts in 32 bits: what is larger goes in pieces.
uInt piece_of(std::size_t bytes) {
  return static_cast<uInt>(std::min<std::size_t>(bytes, std::numeric_limits<int>::max()));
}

// zlib does not write through it.
Bytef* input_of(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

std::unexpected<base::Error> bad_gzip(const char* what) {
  return base::fail(Code::kBadMessage, what, base::Side::kClient);
}

// An open inflation, closed at its end.
class Inflation final {
 public:
  Inflation() { WEFT_ASSERT(inflateInit2(&stream_, kGzipFormat) == Z_OK); }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;
  ~Inflation() { inflateEnd(&stream_); }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
};

}  // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  WEFT_ASSERT(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipFormat, MAX_MEM_LEVEL,
                           Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out;
  int result = Z_OK;
  do {
    stream.next_in = input_of(bytes);
    stream.avail_in = piece_of(bytes.size());
    bytes.remove_prefix(stream.avail_in);
    const int flush = bytes.empty() ? Z_FINISH : Z_NO_FLUSH;
    do {
      const std::size_t before = out.size();
      out.resize(before + kPiece);
      stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
      stream.avail_out = static_cast<uInt>(kPiece);
      result = deflate(&stream, flush);
      out.resize(out.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  } while (result != Z_STREAM_END);
  deflateEnd(&stream);
  return out;
}

base::Result<std::string> gunzip(std::string_view bytes, std::size_t bytes_max) {
  Inflation inflation;
  z_stream& stream = inflation.stream();
  std::string out;
  int result = Z_OK;
  do {
    if (stream.avail_in == 0) {
      if (bytes.empty()) {
        return bad_gzip("the gzip data is cut off");
      }
      stream.next_in = input_of(bytes);
      stream.avail_in = piece_of(bytes.size());
      bytes.remove_prefix(stream.avail_in);
    }
    const std::size_t before = out.size();
    out.resize(before + kPiece);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(kPiece);
    result = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      return bad_gzip(out.empty() ? "no gzip data" : "the gzip data is damaged");
    }
    if (out.size() > bytes_max) {
      return base::fail(Code::kBodyTooLarge, "the gzip data comes to too much",
                        base::Side::kClient);
    }
  } while (result != Z_STREAM_END);
  if (stream.avail_in != 0 || !bytes.empty()) {
    return bad_gzip("there is something behind the gzip data");
  }
  return out;
}

}  // namespace weft::wire
