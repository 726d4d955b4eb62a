#include "checkpoint/identity.h"

#include <sstream>

#include <fmt/format.h>

namespace tessera::checkpoint {

namespace {

/// Returns the first line that differs, from both texts: "`a: 1`, not `a: 2`".
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

bool AcceptedChanges::accept(std::string_view name) {
  bool* const member = name == "solver"    ? &solver
                       : name == "tessera" ? &tessera
                       : name == "data"    ? &data
                                           : nullptr;
  if (member != nullptr) *member = true;
  return member != nullptr;
}

std::string Mismatch::advice() const {
  if (accepted.empty()) return "undo that change, or use another --run-dir";
  return fmt::format(
      "undo that change, or resume with --accept-changed {}; the results are then not those of either",
      accepted);
}

Mismatch mismatch(const Identity& stored, const Identity& current, const AcceptedChanges& accepted) {
  if (stored.solver != current.solver) {
    return {fmt::format("it was written by solver `{}`, not `{}`", stored.solver, current.solver), {}};
  }
  // Differences that cannot be accepted come first.
  if (stored.job != current.job)
    return {"it belongs to another job: " + first_difference(stored.job, current.job), {}};
  if (!accepted.solver && stored.solver_version != current.solver_version) {
    return {fmt::format("it was written by version {} of the solver, not {}", stored.solver_version,
                        current.solver_version),
            "solver"};
  }
  if (!accepted.solver && stored.solver_build != current.solver_build) {
    return {fmt::format("it was written by another build of solver `{}`: the plugin file has changed",
                        stored.solver),
            "solver"};
  }
  if (!accepted.tessera && stored.tessera != current.tessera) {
    return {fmt::format("it was written by tessera {}, not {}", stored.tessera, current.tessera), "tessera"};
  }
  if (!accepted.data && stored.data != current.data)
    return {"the input data have changed: " + first_difference(stored.data, current.data), "data"};
  return {};
}

}  // namespace tessera::checkpoint
