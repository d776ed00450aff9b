#include "api/kit/past_view.h"

#include "base/moment.h"

#include <fmt/format.h>

#include <utility>

namespace weft::api::kit {
namespace {

using base::Code;
using base::Result;

constexpr int kGone = 410;

std::unexpected<base::Error> refuse_field(http::Context& context, std::string_view field,
                                          std::string why) {
  const bool is_read = context.request.method == wire::Method::kGet;
  return context.refuse(base::FieldErrors{{is_read ? "query" : "body",
                                           {std::string(field)},
                                           base::FieldProblem::kBadForm,
                                           std::move(why)}});
}

std::unexpected<base::Error> refuse_future(http::Context& context, std::string_view field) {
  return refuse_field(context, field, "in the future: nobody knows yet");
}

}  // namespace

io::Task<base::Error> refuse_gone(const Parts& parts, http::Context& context) {
  std::string sentence = "That is no longer kept";
  const auto oldest = co_await parts.past.oldest();
  if (oldest) {
    context.headers.set("X-Weft-Oldest-Index", std::to_string(oldest->index));
    sentence += fmt::format("; the oldest index is {}", oldest->index);
    if (oldest->time) {
      sentence += fmt::format(", the oldest time {}", base::format_rfc3339(*oldest->time));
    }
  }
  context.refused_status = kGone;
  co_return context.refuse(Code::kNotFound, std::move(sentence)).error();
}

io::Task<Result<std::uint64_t>> index_for(const Parts& parts, http::Context& context,
                                          std::string_view field, std::string text) {
  const auto moment = base::parse_moment(text, context.loop.wall_now());
  if (!moment) {
    co_return refuse_field(context, field, moment.error().what);
  }
  if (moment->index) {
    co_return *moment->index;
  }
  const auto index = co_await parts.past.index_at(moment->time);
  if (index) {
    co_return *index;
  }
  if (index.error().code == Code::kInvalid) {
    co_return refuse_future(context, field);
  }
  if (index.error().code == Code::kNotFound) {
    const base::Error gone = co_await refuse_gone(parts, context);
    co_return base::fail(gone);
  }
  co_return base::fail(index.error());
}

io::Task<Result<ViewPtr>> view_at(const Parts& parts, http::Context& context,
                                  std::string_view field, std::string text) {
  WEFT_CO_TRY(const std::uint64_t index,
              co_await index_for(parts, context, field, std::move(text)));
  auto view = co_await parts.past.at(index);
  if (view) {
    co_return view;
  }
  if (view.error().code == Code::kInvalid) {
    co_return refuse_future(context, field);
  }
  if (view.error().code == Code::kNotFound) {
    const base::Error gone = co_await refuse_gone(parts, context);
    co_return base::fail(gone);
  }
  co_return base::fail(view.error());
}

io::Task<Result<ViewPtr>> view_for(const Parts& parts, http::Context& context,
                                   std::optional<std::string> at) {
  if (!at) {
    co_return parts.state.view();
  }
  WEFT_CO_TRY(ViewPtr view, co_await view_at(parts, context, "at", *std::move(at)));
  context.headers.set("X-Weft-At", std::to_string(view->index()));
  co_return view;
}

}  // namespace weft::api::kit
