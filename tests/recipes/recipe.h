// Runs the job of a recipe (docs/solver-recipes.md) inside a test program.
#pragma once

#include "support/job_runner.h"
#include "support/world.h"

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

/// Runs tests/recipes/NAME.toml on all ranks, with the given values instead of those in the file. Only rank 0
/// has the fields of the result. @note Collective.
inline FinishedRun run_recipe(const std::string& name, const std::vector<std::string>& values = {}) {
  std::vector<std::string> overrides{"domain.chunk=8"};  // several chunks, so that both ranks have cells
  overrides.insert(overrides.end(), values.begin(), values.end());
  return run_job(world(), repository_file("tests/recipes/" + name + ".toml"), overrides);
}

/// The largest difference between a field and a function of the cell's index, in one dimension.
template <class F>
double largest_difference(const std::vector<double>& field, F expected) {
  double largest = 0.0;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const double difference = std::abs(field[i] - expected(static_cast<int>(i)));
    largest = difference <= largest ? largest : difference;  // also if it is NaN
  }
  return largest;
}
