#include "run_beginning.h"

#include "base/checkpoint_names.h"
#include "base/error.h"
#include "base/text.h"
#include "checkpointing.h"
#include "resume.h"
#include "transport/agreement.h"

#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tessera::app {

namespace {

namespace fs = std::filesystem;

/// Checkpoints to try, the most wanted one first: one of the nodes' own, where it is newer than what the run
/// directory holds, is brought there. @note Collective.
std::vector<std::string> checkpoints_of(const RunBeginning& run) {
  std::vector<std::string> all = run.place.checkpoints;
  if (!run.local || run.options.resume != Resume::automatic) return all;
  std::int64_t newest = 0;
  if (!all.empty()) {
    if (const auto name = base::parse_checkpoint_name(fs::path{all.front()}.filename().string()))
      newest = name->step;
  }
  const auto promoted = checkpoint::promote(
      run.comm, *run.local, run.place.directory, wanted_of(run.loaded.job, run.loaded.solver.schema()),
      newest, run.faults,
      [&](const std::string& problem) { run.outputs.tell(problem, "an older one is tried"); }, run.board);
  if (promoted) all.insert(all.begin(), *promoted);
  return all;
}

/// Before what earlier attempts have written is cut: from now on it is this attempt's run, and what lies on
/// the nodes is of no more use. @note Collective.
void begin_history(const RunBeginning& run) {
  if (run.local) checkpoint::forget(run.comm, *run.local);
  transport::collectively(run.comm, [&] {
    if (run.comm.root()) RunIdentity{run.place.identity.text, run.place.attempt}.write(run.place.directory);
  });
}

/// @note Collective.
std::unique_ptr<driver::Attempt> attempt_from(const RunBeginning& run, driver::StartingPoint* point) {
  return std::make_unique<driver::Attempt>(run.comm, run.loaded.solver, run.loaded.job,
                                           driver::AttemptOptions{point, &run.faults});
}

/// @note Collective.
std::unique_ptr<driver::Attempt> begin_anew(const RunBeginning& run) {
  begin_history(run);
  transport::collectively(run.comm, [&] {
    if (run.comm.root()) remove_later_results(run.place.directory, -1);
  });
  return attempt_from(run, nullptr);
}

}  // namespace

std::unique_ptr<driver::Attempt> begin_run(const RunBeginning& run) {
  const std::vector<std::string> checkpoints = checkpoints_of(run);
  if (checkpoints.empty()) return begin_anew(run);
  ResumePoint point{
      run.comm,
      run.loaded.job,
      run.loaded.solver.schema(),
      run.place.directory,
      checkpoints,
      run.faults,
      run.board,
      [&](const std::string& problem) { run.outputs.tell(problem, "the one before it is tried"); }};
  std::unique_ptr<driver::Attempt> attempt;
  try {
    attempt = attempt_from(run, &point);
  } catch (const transport::AgreedError& e) {
    if (e.code() != base::ExitCode::bad_data || !run.options.from_start) throw;
    return begin_anew(run);
  }
  begin_history(run);
  run.outputs.resume(run.comm, *attempt->resumed());
  run.outputs.trust_checkpoint(fs::path{point.used()}.filename().string());
  if (run.comm.root()) {
    run.outputs.tell(fmt::format("goes on from step {}, t = {}", attempt->resumed()->step,
                                 base::format_duration(attempt->resumed()->time)));
  }
  return attempt;
}

}  // namespace tessera::app
