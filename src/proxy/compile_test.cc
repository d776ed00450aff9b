#include "proxy/compile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace weft::proxy {
namespace {

model::Instance instance_of_web(std::string id, std::string_view metadata) {
  model::Instance instance;
  instance.id = std::move(id);
  instance.service = "web";
  instance.address = "10.0.0.1";
  instance.port = 80;
  instance.metadata = base::parse_json(metadata)->as_object();
  return instance;
}

// A view with the service "web" and these instances.
model::View view_of_web(const std::vector<model::Instance>& instances) {
  const auto row = []<class T>(T object, std::uint32_t number) {
    return std::make_shared<const model::Row<T>>(model::Row<T>{std::move(object), 1, 1, number});
  };
  model::ShardedMapEditor<model::Row<model::Service>, model::ByKey> services;
  model::ShardedMapEditor<model::Row<model::Instance>, model::ByService> by_service;
  services.put(row(model::Service{.name = "web"}, 1));
  std::uint32_t number = 0;
  for (const model::Instance& instance : instances) {
    by_service.put(row(instance, ++number));
  }
  model::Tables tables;
  std::get<model::TableMap<model::Service>>(tables.by_key) = services.freeze();
  tables.instances_by_service = by_service.freeze();
  return {1, std::move(tables)};
}

TEST(SnapshotCompiler, AnInstanceIsLocalWhenItsMetadataNamesTheZoneOfTheNode) {
  const model::View view = view_of_web(
      {instance_of_web("a", R"({"zone": "north"})"), instance_of_web("b", R"({"zone": "south"})"),
       instance_of_web("c", R"({"zone": 7})"), instance_of_web("d", R"({"zone": ""})")});
  const auto local_in = [&view](std::string zone) {
    SnapshotCompiler compiler(model::ClusterSettings{}, std::move(zone));
    std::vector<bool> local;
    for (const model::Endpoint& endpoint :
         compiler.compile_all(view)->find_cluster("web")->endpoints) {
      local.push_back(endpoint.is_local);
    }
    return local;
  };
  EXPECT_EQ(local_in("north"), (std::vector{true, false, false, false}));
  EXPECT_EQ(local_in(""), (std::vector{false, false, false, false})) << "the node has none";
}

TEST(SnapshotCompiler, AnEndpointCarriesTheLabelsOfItsVersionAndTags) {
  model::Instance instance = instance_of_web("a", R"({"version": "2"})");
  instance.tags = {"fast", "2", "fast"};
  SnapshotCompiler compiler(model::ClusterSettings{}, "");
  const auto snapshot = compiler.compile_all(view_of_web({instance}));
  const auto labels = snapshot->find_cluster("web")->endpoints[0].all_labels();
  EXPECT_EQ(labels.size(), 3U) << "a version 2 is no tag 2, and no tag counts twice";
  for (const model::Labels& some : {model::make_labels("2", {}), model::make_labels("", {"fast"}),
                                    model::make_labels("2", {"2", "fast"})}) {
    EXPECT_TRUE(std::ranges::includes(labels, some));
  }
  EXPECT_FALSE(std::ranges::includes(labels, model::make_labels("fast", {})));
}

}  // namespace
}  // namespace weft::proxy
