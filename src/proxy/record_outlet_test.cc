#include "proxy/record_outlet.h"

#include "io/sim_world.h"

#include <gtest/gtest.h>

namespace weft::proxy {
namespace {

std::uint64_t dropped(const base::MeterRegistry& meters) {
  for (const base::MeterFamily& family : meters.collect()) {
    if (family.info.name == "weft_records_dropped_total") {
      return std::get<std::uint64_t>(family.samples.at(0).value);
    }
  }
  return 0;
}

TEST(RecordOutlet, CountsTheRecordsThatFindNoRoomAndDeliversTheOthers) {
  io::SimWorld world(1);
  std::size_t taken = 0;
  RecordOutlet::Box box(world.add_loop("control"), 2,
                        [&](const std::vector<model::Record>& batch) { taken += batch.size(); });
  base::MeterRegistry meters;
  RecordOutlet outlet(box, &meters);
  RecordOutlet uncounted(box, nullptr);
  outlet.send(std::vector<model::Record>(3));
  outlet.send(std::vector<model::Record>(5));
  EXPECT_EQ(dropped(meters), 0U);
  outlet.send(std::vector<model::Record>(7));
  uncounted.send(std::vector<model::Record>(11));
  EXPECT_EQ(dropped(meters), 7U);
  EXPECT_TRUE(world.run_until([&] { return taken == 8; }, base::Seconds(1)));
  outlet.send(std::vector<model::Record>(1));
  EXPECT_TRUE(world.run_until([&] { return taken == 9; }, base::Seconds(1)));
  EXPECT_EQ(dropped(meters), 7U);
}

}  // namespace
}  // namespace weft::proxy
