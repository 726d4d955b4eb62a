#include "checkpoint/local_store.h"

#include <catch2/catch.hpp>

using tessera::checkpoint::partners;
using tessera::checkpoint::ranks_with_partner;

TEST_CASE("ranks on a single node have no partners") {
  CHECK(partners({0, 0, 0}) == std::vector<int>{-1, -1, -1});
}

TEST_CASE("a rank's partner is on the next node, for any order of the ranks") {
  CHECK(partners({0, 0, 2, 2}) == std::vector<int>{2, 3, 0, 1});
  CHECK(partners({0, 1, 0, 1}) == std::vector<int>{1, 0, 3, 2});
  CHECK(partners({0, 1, 2}) == std::vector<int>{1, 2, 0});
}

TEST_CASE("ranks share a partner if the next node has fewer ranks") {
  const std::vector<int> all = partners({0, 0, 0, 3, 4, 4});
  CHECK(all == std::vector<int>{3, 3, 3, 4, 0, 1});
  CHECK(ranks_with_partner(3, all) == std::vector<int>{0, 1, 2});
  CHECK(ranks_with_partner(5, all).empty());
}

TEST_CASE("a rank's partner is never on the same node") {
  for (const std::vector<int>& nodes :
       {std::vector<int>{0, 0, 1, 1, 2}, {0, 1, 2, 0, 1, 2}, {5, 7}, {0, 0, 0, 0, 1}, {3, 3, 1, 2, 1}}) {
    const std::vector<int> all = partners(nodes);
    for (std::size_t r = 0; r < nodes.size(); ++r) {
      REQUIRE(all[r] >= 0);
      CHECK(nodes[static_cast<std::size_t>(all[r])] != nodes[r]);
    }
  }
}
