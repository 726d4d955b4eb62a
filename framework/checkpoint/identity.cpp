#include "checkpoint/identity.h"

#include <sstream>

#include <fmt/format.h>

namespace tessera::checkpoint {

namespace {

/// Returns the first two lines in which the texts differ: "`a: 1`, not `a: 2`".
std::string first_difference(const std::string& a, const std::string& b) {
  std::istringstream lines_a{a};
  std::istringstream lines_b{b};
  std::string line_a;
  std::string line_b;
  do {
    if (!std::getline(lines_a, line_a)) line_a.clear();
    if (!std::getline(lines_b, line_b)) line_b.clear();
  } while (line_a == line_b && (lines_a || lines_b));
  return fmt::format("`{}`, not `{}`", line_a, line_b);
}

}  // namespace

std::string mismatch(const Identity& theirs, const Identity& ours) {
  if (theirs.solver != ours.solver) {
    return fmt::format("it was written by solver `{}`, not `{}`", theirs.solver, ours.solver);
  }
  if (theirs.solver_version != ours.solver_version) {
    return fmt::format("it was written by version {} of the solver, not {}", theirs.solver_version,
                       ours.solver_version);
  }
  if (theirs.job != ours.job) return "it belongs to another job: " + first_difference(theirs.job, ours.job);
  return "";
}

}  // namespace tessera::checkpoint
