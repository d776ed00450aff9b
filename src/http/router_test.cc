#include "http/router.h"

#include <gtest/gtest.h>

namespace weft::http {
namespace {

using wire::Method;

io::Task<Response> unused(Context& /*context*/) { co_return Response{}; }

class RouterTest : public testing::Test {
 protected:
  void add(std::string_view method, std::string path) {
    router_.add(style_, raw_route(method, std::move(path), {}, &unused));
  }
  // "path of the route name=value ...", "405 <allowed>" or "404".
  std::string lookup(Method method, std::string_view path) {
    const RouteMatch match = router_.match(method, path);
    if (match.is_bad_path) {
      return "400";
    }
    if (match.entry == nullptr) {
      return match.allowed.empty() ? "404" : "405 " + match.allowed;
    }
    std::string text = match.entry->route.path;
    for (const auto& [name, value] : match.parameters) {
      text += " " + name + "=" + value;
    }
    return text;
  }

  DetailStyle style_;
  Router router_{style_};
};

TEST_F(RouterTest, PrefersFixedPartsToParametersToTheRest) {
  add("GET", "/v1/services/{id}");
  add("GET", "/v1/services/all");
  add("GET", "/v1/{rest...}");
  EXPECT_EQ(lookup(Method::kGet, "/v1/services/all"), "/v1/services/all");
  EXPECT_EQ(lookup(Method::kGet, "/v1/services/web"), "/v1/services/{id} id=web");
  EXPECT_EQ(lookup(Method::kGet, "/v1/services/web/x"), "/v1/{rest...} rest=services/web/x");
  EXPECT_EQ(lookup(Method::kGet, "/v1/"), "/v1/{rest...} rest=");
  EXPECT_EQ(lookup(Method::kGet, "/v1"), "404");
}

TEST_F(RouterTest, TriesAnotherWayWhenTheFirstLeadsNowhere) {
  add("GET", "/a/{x}/c");
  add("GET", "/a/b/d");
  EXPECT_EQ(lookup(Method::kGet, "/a/b/c"), "/a/{x}/c x=b");
}

TEST_F(RouterTest, FindsTheMethodOnAnotherWay) {
  add("GET", "/services/all");
  add("DELETE", "/services/{id}");
  EXPECT_EQ(lookup(Method::kDelete, "/services/all"), "/services/{id} id=all");
  EXPECT_EQ(lookup(Method::kPut, "/services/all"), "405 GET, HEAD, DELETE");
}

TEST_F(RouterTest, AnswersHeadWithGetUnlessHeadHasARouteOfItsOwn) {
  add("GET", "/a");
  add("GET", "/b");
  add("HEAD", "/b");
  EXPECT_EQ(lookup(Method::kHead, "/a"), "/a");
  EXPECT_EQ(router_.match(Method::kHead, "/b").entry->route.method, Method::kHead);
  EXPECT_EQ(lookup(Method::kPost, "/b"), "405 GET, HEAD");
}

TEST_F(RouterTest, DecodesParametersPartByPart) {
  add("GET", "/queues/{vhost}/{name}");
  EXPECT_EQ(lookup(Method::kGet, "/queues/%2Fagents/a%20b"),
            "/queues/{vhost}/{name} name=a b vhost=/agents");
  EXPECT_EQ(lookup(Method::kGet, "/%71ueues/v/n"), "/queues/{vhost}/{name} name=n vhost=v");
}

TEST_F(RouterTest, RefusesBrokenEscapesAndText) {
  add("GET", "/{x}");
  EXPECT_EQ(lookup(Method::kGet, "/%"), "400");
  EXPECT_EQ(lookup(Method::kGet, "/%zz"), "400");
  EXPECT_EQ(lookup(Method::kGet, "/%ff"), "400");
  EXPECT_EQ(lookup(Method::kGet, "/%00"), "400");
}

TEST_F(RouterTest, TakesNoEmptyParameter) {
  add("GET", "/services/{id}");
  add("GET", "/pages/");
  EXPECT_EQ(lookup(Method::kGet, "/services/"), "404");
  EXPECT_EQ(lookup(Method::kGet, "/pages/"), "/pages/");
  EXPECT_EQ(lookup(Method::kGet, "/pages"), "404");
  EXPECT_EQ(lookup(Method::kOptions, "*"), "404");
}

TEST_F(RouterTest, EndsOnAPathOfSlashes) {
  add("GET", "/{a}/{b}/{c...}");
  EXPECT_EQ(lookup(Method::kGet, std::string(8000, '/')), "404");
}

TEST_F(RouterTest, SpeaksTheStyleOfTheLongestPrefix) {
  DetailStyle other;
  DetailStyle deeper;
  router_.set_style("/api/", other);
  router_.set_style("/api/v1/", deeper);
  EXPECT_EQ(&router_.style_for("/api/v1/x"), &deeper);
  EXPECT_EQ(&router_.style_for("/api/x"), &other);
  EXPECT_EQ(&router_.style_for("/x"), &style_);
}

}  // namespace
}  // namespace weft::http
