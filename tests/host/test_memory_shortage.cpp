// Comparison of the memory that ranks need with the limits of their processes and nodes.
#include "host/memory_shortage.h"

#include <catch2/catch.hpp>

using namespace tessera;
using host::find_shortage;

namespace {

/// Three ranks on node-a and node-b, with 100 GB and 50 GB.
std::vector<host::RankLimits> three_ranks() {
  std::vector<host::RankLimits> limits(3);
  limits[0] = {"node-a", 0, {100e9, "file-a"}, {}};
  limits[1] = {"node-a", 0, {}, {}};
  limits[2] = {"node-b", 2, {50e9, "file-b"}, {}};
  return limits;
}

}  // namespace

TEST_CASE("the ranks of a node share its memory") {
  CHECK_FALSE(find_shortage({{50e9, 0.0, 0.0}, {20e9, 30e9, 0.0}, {0.0, 10e9, 40e9}}, three_ranks()));
  const auto a = find_shortage({{50e9, 0.0, 1e9}, {20e9, 40e9, 0.0}, {0.0, 10e9, 40e9}}, three_ranks());
  REQUIRE(a);
  CHECK(a->text == "the 2 ranks on node-a need 111 GB of memory, up to 60 GB each");
  CHECK(a->limit == "only 100 GB is left of file-a");
  CHECK(a->advice == "use more nodes, or raise the limit");
  const auto b = find_shortage({{50e9, 0.0, 0.0}, {50e9, 0.0, 0.0}, {0.0, 11e9, 40e9}}, three_ranks());
  REQUIRE(b);
  CHECK(b->text == "rank 2 on node-b needs 51 GB of memory");
  CHECK(b->limit == "only 50 GB is left of file-b");
}

TEST_CASE("the limits of a process apply to each rank alone, to what it needs at the start") {
  auto limits = three_ranks();
  limits[1].process.address_space = {30e9, "ulimit -v"};
  limits[1].process.data = {10e9, "ulimit -d"};
  CHECK_FALSE(find_shortage({{40e9, 0.0, 0.0}, {10e9, 20e9, 25e9}, {}}, limits));
  const auto space = find_shortage({{40e9, 0.0, 0.0}, {10e9, 21e9, 0.0}, {}}, limits);
  REQUIRE(space);
  CHECK(space->text == "rank 1 on node-a needs 31 GB of memory");
  CHECK(space->limit == "only 30 GB is left of ulimit -v");
  CHECK(space->advice == "raise the limit (ulimit -v)");
  const auto data = find_shortage({{40e9, 0.0, 0.0}, {11e9, 0.0, 0.0}, {}}, limits);
  REQUIRE(data);
  CHECK(data->text == "rank 1 on node-a needs 11 GB of memory");
  CHECK(data->advice == "raise the limit (ulimit -d)");
}
