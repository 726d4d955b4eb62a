#include "checkpoint/identity.h"

#include <sstream>

#include <fmt/format.h>

namespace tessera::checkpoint {

namespace {

/// The first lines in which two texts differ: "`a: 1`, not `a: 2`".
std::string first_difference(const std::string& a, const std::string& b) {
  std::istringstream of_a{a};
  std::istringstream of_b{b};
  std::string line_a;
  std::string line_b;
  do {
    if (!std::getline(of_a, line_a)) line_a.clear();
    if (!std::getline(of_b, line_b)) line_b.clear();
  } while (line_a == line_b && (of_a || of_b));
  return fmt::format("`{}`, not `{}`", line_a, line_b);
}

}  // namespace

std::string mismatch(const Identity& theirs, const Identity& ours) {
  if (theirs.solver != ours.solver) {
    return fmt::format("it is of the solver `{}`, not `{}`", theirs.solver, ours.solver);
  }
  if (theirs.solver_version != ours.solver_version) {
    return fmt::format("it is of version {} of the solver, not {}", theirs.solver_version,
                       ours.solver_version);
  }
  if (theirs.job != ours.job) return "it is of another job: " + first_difference(theirs.job, ours.job);
  return "";
}

}  // namespace tessera::checkpoint
