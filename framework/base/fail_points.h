// Fault injection, to test that a run survives failures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::base {

/// The faults to inject on this rank, each at a named point in the code. If there are none, each point costs
/// one comparison.
class FailPoints {
 public:
  enum class Action { kill, segv, abort, exit, stop, raise, hang, nan };

  /// No faults.
  FailPoints() = default;
  /// Each of `specs` is "ACTION [rank=R] [step=S] [at=POINT] [hit=N] [attempt=A|all]". The defaults are rank
  /// 0, any step, point `compute`, its first hit, and attempt 1. Faults for attempts other than `attempt`,
  /// the current one, are dropped. Throws base::Error (usage) if a spec is invalid.
  FailPoints(const std::vector<std::string>& specs, int attempt);

  /// Drops the faults of all ranks except `rank`.
  void keep_only_rank(int rank);

  /// Injects the faults at `point` in steps `step` to `step + steps - 1`: terminates, stops or hangs the
  /// process, or throws base::Error (internal). Returns whether the caller must write a NaN into the fields.
  bool reach(std::string_view point, std::int64_t step, std::int64_t steps = 1) const {
    return !faults_.empty() && inject(point, step, steps);
  }

  /// The names of all points.
  static const std::vector<std::string>& points();

 private:
  struct Fault {
    Action action = Action::kill;
    std::int64_t rank = 0;
    std::optional<std::int64_t> step;
    std::string point = "compute";
    mutable std::int64_t hits_left = 1;  ///< hits until the fault is injected; 0: already injected
  };

  bool inject(std::string_view point, std::int64_t step, std::int64_t steps) const;

  std::vector<Fault> faults_;
};

}  // namespace tessera::base
