#include "base/digest.h"
#include "base/philox.h"
#include "grid/job/box_formula.h"
#include "random_formula.h"
#include "sample_schemas.h"

#include <catch2/catch.hpp>

#include <bit>
#include <cmath>
#include <map>
#include <random>

using namespace tessera;
using grid::Box;
using grid::BoxFormula;
using grid::Index;

namespace {

const std::vector<std::string> functions_of_one{"sin",  "cos",  "tan",   "asin",  "acos",  "atan", "sinh",
                                                "cosh", "tanh", "asinh", "acosh", "atanh", "log2", "log10",
                                                "log",  "exp",  "sqrt",  "sign",  "rint",  "abs",  "floor"};
const std::vector<std::string> functions_of_two{"atan2", "mod"};

/// A solver without parameters.
grid::FieldFormula formula_of(const std::string& text) {
  return {grid::FormulaText{text}, solver::SolverSchema{}, grid::JobSpec{}};
}

BoxFormula::Cells cells_of(const Box& box, const std::array<int, 3>& order, const Index& domain) {
  BoxFormula::Cells cells{box, {}, order, domain};
  for (int a = 0; a < 3; ++a) {
    for (std::int64_t i = box.lower[a]; i < box.upper[a]; ++i) {
      // Zero, infinity, numbers of both signs and a NaN.
      const double value = i == 0             ? 0.0
                           : i == 7 && a == 1 ? std::nan("")
                           : i == 5 && a == 0 ? 1.0 / 0.0
                                              : 0.37 * static_cast<double>(i * (a + 1)) - 1.0;
      cells.coordinates[static_cast<std::size_t>(a)].push_back(value);
    }
  }
  return cells;
}

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

/// Compares the values in `part` with those of the formula at each cell.
void compare(BoxFormula& boxes, const grid::FieldFormula& formula, const BoxFormula::Cells& cells,
             const Box& part, double time, std::vector<double>& workspace) {
  std::map<Index, int> visits;
  boxes.for_each_value(part, time, workspace, [&](const Index& cell, double value) {
    ++visits[cell];
    std::vector<double> variables = formula.variables;
    for (std::size_t a = 0; a < 3; ++a)
      variables[a] = cells.coordinates[a][static_cast<std::size_t>(cell.at[a] - cells.box.lower.at[a])];
    variables[3] = time;
    const double expected = formula.formula(variables, linear_index(cell, cells.domain));
    if (!same(value, expected)) FAIL(grid::to_string(cell) << ": " << value << ", not " << expected);
  });
  REQUIRE(visits.size() == static_cast<std::size_t>(part.volume()));
  for (const auto& [cell, count] : visits) REQUIRE((count == 1 && part.contains(cell)));
}

}  // namespace

TEST_CASE("the values in boxes are those at each cell, to the last bit") {
  test::RandomFormula texts{7, {"x", "y", "z", "t"}, functions_of_one, functions_of_two};
  std::mt19937 random{11};
  const std::vector<std::array<int, 3>> orders{{0, 1, 2}, {1, 2, 0}, {2, 0, 1}};
  std::vector<double> workspace;
  for (int n = 0; n < 400; ++n) {
    const std::string text = texts.next();
    INFO(text);
    const grid::FieldFormula formula = formula_of(text);
    Box box;
    Box part;
    for (int a = 0; a < 3; ++a) {
      box.lower[a] = -static_cast<std::int64_t>(random() % 3);
      box.upper[a] = box.lower[a] + 1 + static_cast<std::int64_t>(random() % 9);
      part.lower[a] =
          box.lower[a] + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(box.extent(a)));
      part.upper[a] =
          part.lower[a] + 1 +
          static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(box.upper[a] - part.lower[a]));
    }
    const BoxFormula::Cells cells = cells_of(box, orders[random() % 3], {{20, 20, 20}});
    BoxFormula boxes{formula, cells};
    compare(boxes, formula, cells, part, 0.5, workspace);
    boxes.precompute(workspace);
    compare(boxes, formula, cells, part, 0.75, workspace);
    compare(boxes, formula, cells, box, -2.0, workspace);
  }
}

TEST_CASE("boxes of many cells are evaluated block by block") {
  for (const char* text : {"x*y*z + sin(t)", "sin(x)*y", "t", "3", "z", "x > y ? t*z : floor(x)"}) {
    INFO(text);
    const grid::FieldFormula formula = formula_of(text);
    for (const Index& extents : {Index{{9000, 1, 1}}, Index{{50, 60, 2}}, Index{{3, 2, 1100}}}) {
      const BoxFormula::Cells cells = cells_of({{}, extents}, {0, 1, 2}, extents);
      BoxFormula boxes{formula, cells};
      std::vector<double> workspace;
      compare(boxes, formula, cells, cells.box, 1.0, workspace);
      boxes.precompute(workspace);
      compare(boxes, formula, cells, cells.box, 2.0, workspace);
      CHECK(workspace.size() == boxes.workspace_size());
      CHECK(workspace.size() < 20000);
    }
  }
}

TEST_CASE("the workspace of a long formula is limited") {
  std::string text = "0";
  for (int n = 0; n < 90; ++n) text = "sin(x+y+" + text + ")*z";
  for (int n = 0; n < 200; ++n) text += " + (x > " + std::to_string(n) + " ? y : z)";
  const grid::FieldFormula formula = formula_of(text);
  const BoxFormula::Cells cells = cells_of({{}, {{10, 10, 10}}}, {0, 1, 2}, {{10, 10, 10}});
  BoxFormula boxes{formula, cells};
  CHECK(boxes.workspace_size() < 100000);
  std::vector<double> workspace;
  compare(boxes, formula, cells, cells.box, 1.0, workspace);
}

TEST_CASE("parameters are variables of a formula") {
  const solver::SolverSchema schema = grid::sample::waves();
  grid::JobSpec job;
  for (const job::ParameterSchema& p : schema.parameters) {
    job::ParameterValues values;
    values.reals = {2.5};
    static_cast<void>(p);
    job.parameters.push_back(values);
  }
  const grid::FieldFormula formula{grid::FormulaText{"gravity*x + t"}, schema, job};
  CHECK(formula.depends_on_time());
  BoxFormula boxes{formula, cells_of({{}, {{3, 1, 1}}}, {0, 1, 2}, {{3, 1, 1}})};
  std::vector<double> workspace;
  std::vector<double> values;
  boxes.for_each_value({{}, {{3, 1, 1}}}, 1.0, workspace,
                       [&](const Index&, double v) { values.push_back(v); });
  CHECK(values == std::vector<double>{1.0, 2.5 * (0.37 - 1.0) + 1.0, 2.5 * (0.37 * 2 - 1.0) + 1.0});
}

TEST_CASE("noise depends on the cell and the seed alone") {
  const auto noise = [](double amplitude, std::uint64_t seed, std::uint64_t cell) {
    const base::RandomStream stream{seed, base::hash_of(std::as_bytes(std::span{"noise", 5}))};
    return amplitude * (2.0 * stream.uniform(cell, 0) - 1.0);
  };
  const Index domain{{30, 20, 10}};
  const Box box{{{10, 5, 2}}, {{30, 20, 10}}};
  for (const std::array<int, 3>& order : {std::array{0, 1, 2}, std::array{2, 0, 1}}) {
    BoxFormula boxes{formula_of("noise(0.5, 42)"), cells_of(box, order, domain)};
    std::vector<double> workspace;
    boxes.for_each_value(box, 0.0, workspace, [&](const Index& cell, double value) {
      if (value != noise(0.5, 42, static_cast<std::uint64_t>(linear_index(cell, domain)))) FAIL(value);
      REQUIRE((value >= -0.5 && value < 0.5));
    });
  }
  BoxFormula sum{formula_of("x*noise(y, 1) + noise(1, 9007199254740992)"), cells_of(box, {0, 1, 2}, domain)};
  const BoxFormula::Cells cells = cells_of(box, {0, 1, 2}, domain);
  std::vector<double> workspace;
  compare(sum, formula_of("x*noise(y, 1) + noise(1, 9007199254740992)"), cells, box, 0.0, workspace);
}
