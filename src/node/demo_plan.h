// The fleet of the demo, as values: which services, how many instances, who calls whom.
// Source: contract/ose.md §3.1 (services with a port of their own), §5.1 (calls among them).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

struct DemoService {
  std::string name;
  std::string title;
  std::string description;
  std::string icon;        // one character for the pages
  std::uint16_t port = 0;  // of its first instance
  std::size_t instances = 1;
  std::vector<std::string> calls;  // services of the fleet it calls for each request
};

struct DemoInstance {
  std::string id;  // "discovery-1"
  std::string service;
  std::uint16_t port = 0;  // wanted; 0: any
};

// The six services, in the order of their ports. Thread: any; pure.
std::vector<DemoService> demo_services();

// Every instance, first ones with the port of their service. Thread: any; pure.
std::vector<DemoInstance> demo_instances(const std::vector<DemoService>& services);

}  // namespace weft::node
