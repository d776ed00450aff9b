#include "api/pages/pages.h"

#include "api/pages/licences.h"
#include "base/text.h"
#include "http/response.h"
#include "web/pages_assets.h"

#include <string>
#include <string_view>

namespace weft::api::pages {
namespace {

constexpr std::string_view kContentPolicy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "worker-src 'self' blob:; frame-ancestors 'none'";
constexpr std::string_view kNoPages =
    "<!doctype html><title>weft</title><p>This binary was built without pages (WEFT_UI=off). "
    "The API is described at <a href=\"/api/openapi.json\">/api/openapi.json</a> of the control "
    "listener.</p>\n";

// Of the listener of Consul's API.
constexpr std::string_view kConsulPage = "/consul.html";
constexpr std::string_view kConsulHome = "/ui/";

void add_security_fields(http::Headers& headers) {
  headers.set("Content-Security-Policy", kContentPolicy);
  headers.set("X-Frame-Options", "DENY");
  headers.set("Referrer-Policy", "same-origin");
}

// Does the client take this coding? Source: RFC 9110 §12.5.3; a weight of 0 refuses it.
bool accepts(std::string_view accept_encoding, std::string_view coding) {
  for (const std::string_view item : base::split(accept_encoding, ',')) {
    const std::size_t semicolon = item.find(';');
    if (base::iequals(base::trim(item.substr(0, semicolon)), coding)) {
      const std::string_view weight =
          semicolon == std::string_view::npos ? "" : base::trim(item.substr(semicolon + 1));
      return weight != "q=0" && weight != "q=0.0";
    }
  }
  return false;
}

http::Response response_for(const web::Page& page, const http::Request& request) {
  http::Response response;
  const std::string_view accepted = request.headers.value("accept-encoding");
  std::string_view bytes = page.identity;
  std::string etag(page.etag);
  const auto use = [&](std::string_view coding, std::string_view coded) {
    bytes = coded;
    response.headers.set("Content-Encoding", coding);
    etag.insert(etag.size() - 1, "-" + std::string(coding));
  };
  if (!page.brotli.empty() && accepts(accepted, "br")) {
    use("br", page.brotli);
  } else if (!page.gzip.empty() && accepts(accepted, "gzip")) {
    use("gzip", page.gzip);
  }
  response.body = http::StaticText{bytes};
  response.headers.set("Content-Type", page.content_type);
  response.headers.set("ETag", etag);
  response.headers.set("Vary", "Accept-Encoding");
  response.headers.set("Cache-Control",
                       page.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  add_security_fields(response.headers);
  http::apply_if_none_match(request.headers.value("if-none-match"), response);
  return response;
}

io::Task<http::Response> answer_page(const web::Page* page, http::Context* context) {
  co_return response_for(*page, context->request);
}

io::Task<http::Response> answer_no_pages(http::Context* /*context*/) {
  http::Response response =
      http::text_response(std::string(kNoPages), 200, "text/html; charset=utf-8");
  add_security_fields(response.headers);
  co_return response;
}

io::Task<http::Response> answer_licences(std::string_view page_notices) {
  http::Response response = http::text_response(licences_text(page_notices));
  add_security_fields(response.headers);
  co_return response;
}

io::Task<http::Response> lead_to(std::string_view path) {
  http::Response response;
  response.status = 301;
  response.headers.set("Location", path);
  co_return response;
}

void add_page(http::Router& router, const http::FaceStyle& style, std::string path,
              const web::Page* page) {
  http::OperationFacts facts{"A page", "pages"};
  facts.is_hidden = true;
  router.add(
      style,
      http::raw_route("GET", std::move(path), std::move(facts), [page](http::Context& context) {
        return page == nullptr ? answer_no_pages(&context) : answer_page(page, &context);
      }));
}

}  // namespace

void add_routes(http::Router& router, const http::FaceStyle& style) {
  const web::Page* index = nullptr;
  std::string_view notices;
  for (const web::Page& page : web::pages()) {
    if (page.path == kConsulPage) {
      continue;
    }
    if (page.path == "/index.html") {
      index = &page;
    } else if (page.path == "/about/licenses.txt") {
      notices = page.identity;
    }
    add_page(router, style, std::string(page.path), &page);
  }
  add_page(router, style, "/", index);
  http::OperationFacts facts{"Licences of what weft is made with", "pages"};
  facts.is_hidden = true;
  router.add(style,
             http::raw_route("GET", "/about/licenses", std::move(facts),
                             [notices](http::Context&) { return answer_licences(notices); }));
}

void add_consul_routes(http::Router& router, const http::FaceStyle& style) {
  const web::Page* home = nullptr;
  for (const web::Page& page : web::pages()) {
    if (page.path == kConsulPage) {
      home = &page;
    } else if (page.immutable) {
      add_page(router, style, "/ui" + std::string(page.path), &page);
    }
  }
  add_page(router, style, std::string(kConsulHome), home);
  for (const char* path : {"/", "/ui"}) {
    http::OperationFacts facts{"A page", "pages"};
    facts.is_hidden = true;
    router.add(style, http::raw_route("GET", path, std::move(facts),
                                      [](http::Context&) { return lead_to(kConsulHome); }));
  }
}

}  // namespace weft::api::pages
