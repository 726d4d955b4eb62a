#include "base/contract.h"
#include "base/error.h"
#include "grid/solver/solver.h"

#include <catch2/catch.hpp>

#include <array>
#include <functional>
#include <vector>

using namespace tessera;
using solver::Solver;

namespace {

std::string plugin_file(const std::string& name) {
  return std::string(TESSERA_TEST_PLUGINS_DIR) + "/" + name + ".so";
}

struct Inputs {
  grid::Geometry geometry;
  std::vector<job::ParameterValues> parameters;
};

void configure(Solver& solver, const Inputs& inputs) {
  solver.configure(inputs.geometry, inputs.parameters, {});
}

/// A domain of five cells, and the default values of the solver's parameters.
Inputs inputs_for(const solver::SolverSchema& schema) {
  Inputs inputs;
  inputs.geometry.cells = {{5, 1, 1}};
  for (const job::ParameterSchema& p : schema.parameters) {
    job::ParameterValues values;
    if (p.type == job::ParameterType::text) {
      values.texts = {p.default_text.value_or("")};
    } else {
      values.push_back(p.default_number.value_or(0.0));
    }
    inputs.parameters.push_back(values);
  }
  return inputs;
}

/// One field of doubles on five cells with a ghost cell at each end, before and after a step.
struct Line {
  std::array<double, 7> current{0, 1, 4, 9, 16, 25, 36};
  std::array<double, 7> next{};
  tessera_view read{};
  tessera_view write{};
  tessera_patch patch{};

  explicit Line(const Solver& solver) {
    read.data = current.data() + 1;
    write.data = next.data() + 1;
    for (tessera_view* v : {&read, &write}) {
      v->stride[0] = 1;
      v->ghost[0] = 1;
      v->components = 1;
    }
    patch.struct_size = sizeof patch;
    patch.geometry = &solver.geometry();
    patch.extent[0] = 5;
    patch.extent[1] = patch.extent[2] = 1;
    patch.field_count = 1;
    patch.reads = &read;
    patch.writes = &write;
  }
};

constexpr tessera_region all{{0, 0, 0}, {5, 1, 1}};

base::Error error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const base::Error& e) {
    return e;
  }
  return {base::ExitCode::done, "no error"};
}

}  // namespace

TEST_CASE("update() computes the given region with the configured parameters") {
  Solver solver{std::string(TESSERA_SOLVERS_DIR) + "/heat.so"};
  REQUIRE(solver.schema().fields.size() == 1);
  CHECK(solver.schema().has_dt);
  CHECK_FALSE(solver.schema().local_dt);
  CHECK_THROWS_AS(solver.geometry(), base::ContractViolation);
  Inputs inputs = inputs_for(solver.schema());
  inputs.geometry.upper[0] = 5.0;  // cells of length 1
  inputs.parameters.at(0).reals = {0.25};
  configure(solver, inputs);
  CHECK(solver.geometry().spacing[0] == 1.0);
  CHECK(solver.geometry().dimensions == 1);
  CHECK_THROWS_AS(configure(solver, inputs), base::ContractViolation);

  Line line{solver};
  CHECK(solver.stable_dt(line.patch, all, 0.0) == 2.0);
  solver.update(0, line.patch, {{1, 0, 0}, {4, 1, 1}}, 0.0, 1.0);
  // For squares, u + 0.25 (u_- - 2 u + u_+) is u + 0.5.
  CHECK(line.next == std::array<double, 7>{0, 0, 4.5, 9.5, 16.5, 0, 0});
  CHECK_NOTHROW(solver.initialize(line.patch, all, 0.0));
  CHECK_NOTHROW(solver.derive(line.patch, all, 0.0));  // the solver has no derive()
}

TEST_CASE("a solver can be moved, and two solvers share no state") {
  Solver first{std::string(TESSERA_SOLVERS_DIR) + "/heat.so"};
  Solver second{std::string(TESSERA_SOLVERS_DIR) + "/heat.so"};
  Inputs inputs = inputs_for(first.schema());
  inputs.geometry.upper[0] = 5.0;
  inputs.parameters.at(0).reals = {0.25};
  configure(first, inputs);
  inputs.parameters.at(0).reals = {1.0};
  configure(second, inputs);
  const Solver moved{std::move(first)};
  CHECK(moved.stable_dt(Line{moved}.patch, all, 0.0) == 2.0);
  CHECK(second.stable_dt(Line{second}.patch, all, 0.0) == 0.5);
}

TEST_CASE("error messages of a solver are passed on to the user") {
  Solver c_solver{plugin_file("returns_error")};
  configure(c_solver, inputs_for(c_solver.schema()));
  auto e = error_of([&] { c_solver.update(0, Line{c_solver}.patch, all, 0.0, 1.0); });
  CHECK(e.code() == base::ExitCode::internal);
  CHECK(e.text() == "error: the solver `returns_error` failed in stage `keep`: the valve is stuck");

  Solver cpp_solver{plugin_file("throws_update")};
  configure(cpp_solver, inputs_for(cpp_solver.schema()));
  e = error_of([&] { cpp_solver.update(0, Line{cpp_solver}.patch, all, 0.0, 1.0); });
  CHECK(e.text() == "error: the solver `throws_update` failed in stage `keep`: the pump is broken");

  Solver rejecting_solver{plugin_file("throws_configure")};
  e = error_of([&] { configure(rejecting_solver, inputs_for(rejecting_solver.schema())); });
  CHECK(e.code() == base::ExitCode::bad_job);
  CHECK(e.text() ==
        "error: the solver `throws_configure` rejects the job: the domain is too small for this solver");
}

TEST_CASE("access to a field that a stage does not declare is an error") {
  Solver solver{std::string(TESSERA_SOLVERS_DIR) + "/heat.so"};
  configure(solver, inputs_for(solver.schema()));
  Line line{solver};
  line.write.data = nullptr;
  const auto e = error_of([&] { solver.update(0, line.patch, all, 0.0, 1.0); });
  CHECK(e.text().find("stage `diffuse` does not declare that it writes `temperature`") != std::string::npos);
}
