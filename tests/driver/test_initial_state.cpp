#include "driver/initial_state.h"
#include "support/cells.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

using namespace tessera;
using field::FieldStore;
using field::Scalar;
using grid::Box;
using grid::Index;

namespace {

job::SolverSchema schema_of() {
  job::SolverSchema s;
  s.fields.resize(3);
  s.fields[0].name = "a";
  s.fields[0].default_value = 7.0;
  s.fields[1].name = "b";
  s.fields[1].scalar = job::Scalar::float32;
  s.fields[1].components = 2;
  s.fields[2].name = "c";
  s.parameters.resize(1);
  s.parameters[0].name = "amplitude";
  return s;
}

job::JobSpec job_of() {
  job::JobSpec job;
  job.geometry.dimensions = 2;
  job.geometry.cells = {{8, 6, 1}};
  job.geometry.upper = {2.0, 3.0, 1.0};  // cells of 0.25 by 0.5
  job.parameters = {{{16.0}, {}}};
  return job;
}

const std::vector<field::FieldSpec> specs{
    {"a", Scalar::float64, 1, 2, 1}, {"b", Scalar::float32, 2, 1, 1}, {"c", Scalar::float64, 1, 1, 0}};
const std::vector<Box> bricks{{{}, {{5, 6, 1}}}, {{{5, 2, 0}}, {{8, 6, 1}}}};

}  // namespace

TEST_CASE("fields start from their defaults, numbers and formulas at the cell centres") {
  job::JobSpec job = job_of();
  job.initial = {
      {1, 0, -2.5}, {1, 1, job::FormulaText{"amplitude*x + y"}}, {2, 0, job::FormulaText{"x*y + t"}}};
  FieldStore store{specs, bricks, 2};
  driver::fill_initial(job, schema_of(), store);
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
    // Ghost cells and the other level are left alone.
    CHECK(*store.current(b, 0).at<double>({{-1, 0, 0}}) == 0.0);
    CHECK(*store.next(b, 0).at<double>({}) == 0.0);
  }
}

TEST_CASE("a later value of [initial] replaces a default of the same field") {
  job::JobSpec job = job_of();
  job.initial = {{0, 0, 1.0}};
  FieldStore store{specs, bricks, 2};
  driver::fill_initial(job, schema_of(), store);
  CHECK(*store.current(0, 0).at<double>({{4, 5, 0}}) == 1.0);
}

TEST_CASE("a rank without cells has nothing to fill, whatever the formulas") {
  job::JobSpec job = job_of();
  job.initial = {{2, 0, job::FormulaText{"x"}}};
  FieldStore store{specs, {}, 2};
  CHECK_NOTHROW(driver::fill_initial(job, schema_of(), store));
}
