#include "report/phase_table.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <array>

TEST_CASE("the minimum, average and maximum of each phase over all ranks are returned on rank 0") {
  const int size = world().size();
  const int rank = world().rank();
  constexpr std::array<std::string_view, 3> names{"update", "halo", "idle"};
  const std::array<double, 3> seconds{1.0 + rank, 10.0 - rank, 0.0};
  const auto rows = tessera::report::gather_phases(world(), names, seconds);
  if (!world().is_root()) {
    CHECK(rows.empty());
    return;
  }
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].name == "update");
  CHECK(rows[0].minimum == 1.0);
  CHECK(rows[0].average == Approx(1.0 + 0.5 * (size - 1)));
  CHECK(rows[0].maximum == size);
  CHECK(rows[0].slowest_rank == size - 1);
  CHECK(rows[1].minimum == 11.0 - size);
  CHECK(rows[1].maximum == 10.0);
  CHECK(rows[1].slowest_rank == 0);
  CHECK(rows[2].average == 0.0);
}
