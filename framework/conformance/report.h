// The results of testing a solver.
#pragma once

#include "base/error.h"
#include "conformance/promise.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::conformance {

enum class State { unchecked, kept, broken };

struct Row {
  Promise promise = Promise::radius;
  State state = State::unchecked;
  std::string runs;   ///< the runs that checked the promise; empty if none did
  std::string found;  ///< why the promise is broken or was not checked; may be empty

  // If the promise is broken:
  std::string setting{};                ///< how the run that broke it was run
  std::vector<std::string> commands{};  ///< the shell commands that repeat this, see Runner::commands_for()
  std::string hint{};                   ///< how to fix the solver
};

struct Report {
  std::vector<Row> rows;             ///< one per promise
  std::int64_t steps = 0;            ///< number of steps of the reference run; 0 if it was not run
  std::optional<base::Error> error;  ///< the first broken promise, or a run that failed for another reason

  bool is_crash = false;  ///< whether `error` is that of a crashed run, see Outcome

  Row& row(Promise promise) { return rows[static_cast<std::size_t>(promise)]; }
  /// The exit code of `tessera test`.
  int code() const { return error ? static_cast<int>(error->code()) : 0; }
};

/// A table with one line per promise: sign, promise, runs that checked it, result. Ends with a newline.
std::string table_of(const Report& report, bool colour);

/// A JSON object with the keys {"solver", "job", "sample_job", "steps", "ok", "exit_code", "error",
/// "promises": [{"name", "text", "tried", "kept", "found", "setting", "commands", "hint"}]}. "kept" is null
/// if the promise was not checked; "setting" and "hint" are null and "commands" is empty unless it is broken.
/// `job`: path of the job file; `sample_job`: text of the sample job. One of them is empty, and null in the
/// result.
std::string json_of(const Report& report, const std::string& solver, const std::string& job,
                    const std::string& sample_job);

}  // namespace tessera::conformance
