// Faults that are asked for, to see that a run survives them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::base {

/// Faults to bring about at named points of this rank's work. Without any, a point costs a comparison.
class FailPoints {
 public:
  enum class Action { kill, segv, abort, exit, stop, raise, hang, nan };

  /// None.
  FailPoints() = default;
  /// Each text is "ACTION [rank=R] [step=S] [at=POINT] [hit=N] [attempt=A|all]"; by default rank 0, any step,
  /// at compute, the first time, in attempt 1. Throws base::Error (usage) that explains what is wrong.
  FailPoints(const std::vector<std::string>& texts, int attempt);

  /// Keeps what is meant for this rank.
  void keep_for(int rank);

  /// Does what is asked for at `point` in steps `step` to `step + steps - 1`: the process ends, stops or
  /// hangs, or an Error (internal) is thrown. True where the fields are to be spoiled with a NaN.
  bool reach(std::string_view point, std::int64_t step, std::int64_t steps = 1) const {
    return !faults_.empty() && act(point, step, steps);
  }

  static const std::vector<std::string>& points();

 private:
  struct Fault {
    Action action = Action::kill;
    int rank = 0;
    std::optional<std::int64_t> step;
    std::string point = "compute";
    mutable int hit = 1;
  };

  bool act(std::string_view point, std::int64_t step, std::int64_t steps) const;

  std::vector<Fault> faults_;
};

}  // namespace tessera::base
