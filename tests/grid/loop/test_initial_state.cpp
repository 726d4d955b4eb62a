#include "base/error.h"
#include "grid/loop/initial_state.h"
#include "support/cells.h"
#include "support/temporary_folder.h"
#include "support/world.h"
#include "transport/agreement.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

using namespace tessera;
using field::FieldStore;
using field::Scalar;
using grid::Box;
using grid::Index;

namespace {

solver::SolverSchema make_schema() {
  solver::SolverSchema s;
  s.fields.resize(3);
  s.fields[0].name = "a";
  s.fields[0].default_value = 7.0;
  s.fields[1].name = "b";
  s.fields[1].scalar = solver::Scalar::float32;
  s.fields[1].components = 2;
  s.fields[2].name = "c";
  s.parameters.resize(1);
  s.parameters[0].name = "amplitude";
  return s;
}

grid::JobSpec make_job() {
  grid::JobSpec job;
  job.geometry.dimensions = 2;
  job.geometry.cells = {{8, 6, 1}};
  job.geometry.upper = {2.0, 3.0, 1.0};  // cells of 0.25 by 0.5
  job.parameters.resize(1);
  job.parameters[0].reals = {16.0};
  return job;
}

const std::vector<field::FieldSpec> specs{
    {"a", Scalar::float64, 1, 2, 1}, {"b", Scalar::float32, 2, 1, 1}, {"c", Scalar::float64, 1, 1, 0}};
const std::vector<Box> bricks{{{}, {{5, 6, 1}}}, {{{5, 2, 0}}, {{8, 6, 1}}}};

void fill(const grid::JobSpec& job, FieldStore& store, input::DataSets data_sets = input::DataSets{}) {
  loop::fill_initial_values(world(), job, make_schema(), store, data_sets);
}

}  // namespace

TEST_CASE("fields are initialised from defaults, numbers and formulas evaluated at the cell centres") {
  grid::JobSpec job = make_job();
  job.initial = {
      {1, 0, -2.5}, {1, 1, grid::FormulaText{"amplitude*x + y"}}, {2, 0, grid::FormulaText{"x*y + t"}}};
  FieldStore store{specs, bricks, 2};
  fill(job, store);
  for (int b = 0; b < 2; ++b) {
    const Box& owned = bricks[static_cast<std::size_t>(b)];
    test::for_each(owned, [&](const Index& cell) {
      const Index local = cell - owned.lower;
      const double x = 0.25 * (static_cast<double>(cell[0]) + 0.5);
      const double y = 0.5 * (static_cast<double>(cell[1]) + 0.5);
      CHECK(*store.current(b, 0).at<double>(local) == 7.0);
      CHECK(*store.current(b, 1).at<float>(local, 0) == -2.5f);
      CHECK(*store.current(b, 1).at<float>(local, 1) == static_cast<float>(16.0 * x + y));
      CHECK(*store.current(b, 2).at<double>(local) == x * y);
    });
    // Ghost cells and the other time level are not modified.
    CHECK(*store.current(b, 0).at<double>({{-1, 0, 0}}) == 0.0);
    CHECK(*store.view_after(b, 0, 1).at<double>({}) == 0.0);
  }
}

TEST_CASE("a value in [initial] replaces the default of the field") {
  grid::JobSpec job = make_job();
  job.initial = {{0, 0, 1.0}};
  FieldStore store{specs, bricks, 2};
  fill(job, store);
  CHECK(*store.current(0, 0).at<double>({{4, 5, 0}}) == 1.0);
}

TEST_CASE("a rank without cells can fill its initial values") {
  grid::JobSpec job = make_job();
  job.initial = {{2, 0, grid::FormulaText{"x"}}};
  FieldStore store{specs, {}, 2};
  CHECK_NOTHROW(fill(job, store));
}

namespace {

/// Returns the bricks of a rank: a range of cells along x, split in two along y. If there are four ranks, the
/// last one has no bricks.
std::vector<Box> bricks_of(int rank, int ranks) {
  const int owners = std::min(ranks, 3);
  if (rank >= owners) return {};
  const std::int64_t first = 8 * rank / owners;
  const std::int64_t end = 8 * (rank + 1) / owners;
  return {{{{first, 0, 0}}, {{end, 2, 1}}}, {{{first, 2, 0}}, {{end, 6, 1}}}};
}

/// Data at nodes that are closer together than the cell centres along x, and farther apart along y. The nodes
/// do not extend to the outermost cell centres.
input::GridData sample_data() {
  std::vector<double> x;
  std::vector<double> y{0.5, 1.75, 2.5};
  for (int n = 0; n <= 17; ++n) x.push_back(0.15 + 0.1 * n);
  std::vector<double> values;
  for (std::size_t n = 0; n < x.size() * y.size(); ++n)
    values.push_back(std::cos(static_cast<double>(n * n)) * 1e3);
  return {{x, y}, values};
}

}  // namespace

TEST_CASE("each data set is read once and interpolated to the cell centres") {
  grid::JobSpec job = make_job();
  const input::GridSource source{"depth.h5", "v", {}};
  const input::GridSources sources{source};
  const input::GridSources others{{"other.h5", "v"}};
  job.initial = {{0, 0, sources}, {1, 0, 2.0}, {1, 1, sources}, {2, 0, others}};
  std::int64_t reads = 0;
  input::DataSets sets{[&](const input::GridSource& s, int dimensions, const auto&) {
    CHECK(dimensions == 2);
    ++reads;
    return s == source ? sample_data() : input::GridData{{{0, 2}, {0, 3}}, {5, 5, 5, 5}};
  }};
  if (world().is_root()) static_cast<void>(sets.get(source, 2));  // as grid::check() does
  FieldStore store{specs, bricks_of(world().rank(), world().size()), 2};
  fill(job, store, sets);

  const input::GridData data = sample_data();
  for (int b = 0; b < static_cast<int>(store.bricks().size()); ++b) {
    const Box& owned = store.bricks()[static_cast<std::size_t>(b)];
    test::for_each(owned, [&](const Index& cell) {
      const Index local = cell - owned.lower;
      const std::array centre{job.geometry.centre(0, cell[0]), job.geometry.centre(1, cell[1])};
      REQUIRE(*store.current(b, 0).at<double>(local) == data.at(centre));
      REQUIRE(*store.current(b, 1).at<float>(local, 0) == 2.0f);
      REQUIRE(*store.current(b, 1).at<float>(local, 1) == static_cast<float>(data.at(centre)));
      REQUIRE(*store.current(b, 2).at<double>(local) == 5.0);
    });
  }
  world().allreduce_sum(std::span{&reads, 1});
  CHECK(reads == 2);  // all ranks of the test are on one node
}

TEST_CASE("of several data sets, the first one that has a value at a point counts") {
  grid::JobSpec job = make_job();
  const input::GridSources sources{{"fine.h5", "v"}, {"coarse.h5", "v"}};
  job.initial = {{0, 0, sources}};
  // Values at the nodes x = 0.5 and 1.5, of which one is missing.
  const input::GridData fine{{{0.5, 1.0, 1.5}, {0.0, 3.0}},
                             {1, 2, std::numeric_limits<double>::quiet_NaN(), 1, 2, 3}};
  const input::GridData coarse{{{0, 2}, {0, 3}}, {5, 5, 5, 5}};
  input::DataSets sets{
      [&](const input::GridSource& s, int, const auto&) { return s == sources[0] ? fine : coarse; }};
  FieldStore store{specs, bricks_of(world().rank(), world().size()), 2};
  fill(job, store, sets);
  for (int b = 0; b < static_cast<int>(store.bricks().size()); ++b) {
    const Box& owned = store.bricks()[static_cast<std::size_t>(b)];
    test::for_each(owned, [&](const Index& cell) {
      const double x = job.geometry.centre(0, cell[0]);
      const bool in_fine = x >= 0.5 && x <= 1.0;
      REQUIRE(*store.current(b, 0).at<double>(cell - owned.lower) == (in_fine ? 2 * x : 5.0));
    });
  }
}

TEST_CASE("a data set that cannot be read causes the same error on all ranks") {
  grid::JobSpec job = make_job();
  job.initial = {{0, 0, input::GridSources{{"depth.h5", "v"}}}};
  input::DataSets sets{[](const input::GridSource&, int, const auto&) -> input::GridData {
    throw base::Error(base::ExitCode::no_input, "cannot open `depth.h5`");
  }};
  FieldStore store{specs, bricks_of(world().rank(), world().size()), 2};
  try {
    fill(job, store, sets);
    FAIL("no error");
  } catch (const transport::AgreedError& e) {
    CHECK(e.text() == "error: cannot open `depth.h5`");
  }
}
