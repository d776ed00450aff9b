// Names of the header fields that some part of weft acts on. A parsed field carries its id, so that
// nobody compares field names twice. Start at header_id().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::wire {

// Ids are in-process only: never stored, never sent. kOther stands for every other name.
enum class HeaderId : std::uint8_t {
  kOther,
  // Framing and connection (RFC 9112, RFC 9110 §7.6.1).
  kConnection,
  kContentLength,
  kExpect,
  kHost,
  kKeepAlive,
  kProxyAuthenticate,
  kProxyAuthorization,
  kProxyConnection,
  kTe,
  kTrailer,
  kTransferEncoding,
  kUpgrade,
  // Content and conditions (RFC 9110 §8, §12, §13, §14).
  kAccept,
  kAcceptEncoding,
  kAcceptLanguage,
  kAcceptRanges,
  kAge,
  kAllow,
  kCacheControl,
  kContentDisposition,
  kContentEncoding,
  kContentLanguage,
  kContentLocation,
  kContentRange,
  kContentType,
  kEtag,
  kExpires,
  kIfMatch,
  kIfModifiedSince,
  kIfNoneMatch,
  kIfRange,
  kIfUnmodifiedSince,
  kLastModified,
  kLocation,
  kPragma,
  kRange,
  kRetryAfter,
  kVary,
  // Who speaks.
  kAuthorization,
  kCookie,
  kDate,
  kFrom,
  kOrigin,
  kReferer,
  kServer,
  kSetCookie,
  kUserAgent,
  kVia,
  kWwwAuthenticate,
  // Browser rules.
  kAccessControlAllowOrigin,
  kAccessControlRequestHeaders,
  kAccessControlRequestMethod,
  kContentSecurityPolicy,
  kSecFetchDest,
  kSecFetchMode,
  kSecFetchSite,
  kStrictTransportSecurity,
  kUpgradeInsecureRequests,
  kXContentTypeOptions,
  kXFrameOptions,
  // Forwarding (RFC 7239 and its forerunners).
  kForwarded,
  kXForwardedFor,
  kXForwardedHost,
  kXForwardedPort,
  kXForwardedPrefix,
  kXForwardedProto,
  kXRealIp,
  // Tracing (W3C Trace Context; contract/sutazai.md §5).
  kBaggage,
  kTraceparent,
  kTracestate,
  kXCorrelationId,
  kXParentSpanId,
  kXRequestId,
  kXRequestStart,
  kXSpanId,
  kXTraceBaggage,
  kXTraceFlags,
  kXTraceId,
  // WebSocket (RFC 6455 §11.3).
  kSecWebsocketAccept,
  kSecWebsocketExtensions,
  kSecWebsocketKey,
  kSecWebsocketProtocol,
  kSecWebsocketVersion,
  // Other products.
  kAltSvc,
  kHttp2Settings,
  kXApiKey,
  kXConsulToken,
};

inline constexpr std::size_t kHeaderIdCount = static_cast<std::size_t>(HeaderId::kXConsulToken) + 1;

// Returns: the id of a field name in any letter case, kOther when it has none.
// Thread: any; pure, no allocation, one table probe.
HeaderId header_id(std::string_view name);

// The same for names known to hold no control byte, as the head parser's are: skips that check.
HeaderId header_id_unchecked(std::string_view name);

// Returns: the usual spelling, e.g. "X-Trace-Id"; empty for kOther. Lifetime: static.
std::string_view header_name(HeaderId id);

}  // namespace weft::wire
