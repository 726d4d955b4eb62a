// Fault injection, to test that a run survives failures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::base {

/// Faults to inject at named points of this rank's work. Without faults, a point costs one comparison.
class FailPoints {
 public:
  enum class Action { kill, segv, abort, exit, stop, raise, hang, nan };

  /// No faults.
  FailPoints() = default;
  /// Each text is "ACTION [rank=R] [step=S] [at=POINT] [hit=N] [attempt=A|all]"; by default rank 0, any step,
  /// the point compute, its first hit, attempt 1. Drops faults that are not for `attempt`, the current one.
  /// Throws base::Error (usage) if a text is invalid.
  FailPoints(const std::vector<std::string>& texts, int attempt);

  /// Drops the faults of other ranks.
  void keep_for(int rank);

  /// Injects the faults at `point` in steps `step` to `step + steps - 1`: ends, stops or hangs the process,
  /// or throws base::Error (internal). Returns whether the caller must write a NaN into the fields.
  bool reach(std::string_view point, std::int64_t step, std::int64_t steps = 1) const {
    return !faults_.empty() && act(point, step, steps);
  }

  /// The names of all points.
  static const std::vector<std::string>& points();

 private:
  struct Fault {
    Action action = Action::kill;
    int rank = 0;
    std::optional<std::int64_t> step;
    std::string point = "compute";
    mutable int hit = 1;  ///< hits until the fault; 0: it has been injected
  };

  bool act(std::string_view point, std::int64_t step, std::int64_t steps) const;

  std::vector<Fault> faults_;
};

}  // namespace tessera::base
