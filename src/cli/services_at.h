// `weft services [NAME] --at TIME`: the services as they were.
#pragma once

#include "base/described.h"
#include "cli/api_session.h"
#include "cli/options.h"
#include "cli/paint.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::cli {

// An instance as GET /services tells it.
struct ListedInstance {
  std::string id;
  std::string name;
  std::string address;
  std::uint64_t port = 0;
  std::vector<std::string> tags;
  std::string state;
};
BOOST_DESCRIBE_STRUCT(ListedInstance, (), (id, name, address, port, tags, state))

// Prints the services at a moment, or one with its instances when `name` is not empty.
Outcome<void> show_services_at(ApiSession& session, const std::string& at, const std::string& name,
                               OutputForm form);

// The tables. Thread: any; pure.
std::string services_at_text(const std::vector<ListedInstance>& instances, const Paint& paint);
std::string instances_at_text(const std::vector<ListedInstance>& instances, const Paint& paint);

}  // namespace weft::cli
