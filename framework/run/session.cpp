#include "run/session.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/print.h"
#include "base/text.h"
#include "host/output_file.h"
#include "run/node_facts.h"
#include "run/start.h"
#include "transport/agreement.h"
#include "transport/environment.h"

#include <cstdio>

#include <fmt/format.h>

namespace tessera::run {

namespace {

using base::Error;
using base::ExitCode;
using Status = rundir::RunRecord::Status;

/// Prints the outcome of a run. `supervised`: a supervisor will print how to resume the run.
void print_outcome(const Outcome& outcome, const work::Report& results, const Terminal& terminal,
                   const std::string& directory, bool supervised) {
  const bool stopped = outcome.record.status == Status::stopped;
  const char* reset = terminal.colour_out ? "\x1b[0m" : "";
  if (stopped) {
    base::print("{}⏸{} stopped at step {}{}\n", terminal.colour_out ? "\x1b[33m" : "", reset,
                outcome.record.step, supervised ? "" : "; resume with --resume");
  } else {
    base::print("{}✓{} ", terminal.colour_out ? "\x1b[32m" : "", reset);
  }
  base::print("{}{} in {}   {}   state digest {}\n\n{}", stopped ? "  " : "", stopped ? "so far" : "done",
              base::format_duration(outcome.seconds), results.headline, base::Digest::text(*outcome.digest),
              results.summary);
  base::print("\nresults    {}\n{}", directory, results.results);
}

}  // namespace

Session::Session(const transport::Communicator& comm, const work::Kind& kind, const Options& options,
                 const Terminal& terminal, const host::BoardSlot& board)
    : crash_report_{comm.rank()},
      comm_{&comm},
      kind_{&kind},
      options_{&options},
      terminal_{&terminal},
      board_{&board},
      nodes_{comm.node_leaders()},
      plan_{plan_run(comm, kind, options, available_memory(comm), lock_)},
      faults_{options.inject, static_cast<int>(plan_.place.attempt)},
      report_{comm, plan_} {
  faults_.keep_rank(comm.rank());
  board.publish(host::BoardPhase::restart);
  faults_.reach("start", 0);
  std::optional<Progress> progress;
  if (comm.is_root()) {
    std::optional<ProgressLine> line;
    if (prints()) line.emplace(stderr, terminal.interactive, terminal.width, terminal.colour_error);
    const auto check_lock = [this] {
      if (owns_lock()) return;
      print_error(*terminal_, fmt::format("error: another process has taken over this run in `{}`",
                                          plan_.place.directory));
      comm_->abort(static_cast<int>(ExitCode::cannot_create));
    };
    progress.emplace(Progress::Facts{plan_.place.directory, plan_.place.attempt, comm.size(), check_lock},
                     std::move(line));
  }
  monitor_.emplace(comm, plan_.job.header.log, plan_.place.directory, nodes_, board, std::move(progress));
  if (plan_.job.savable)
    checkpoints_.emplace(comm, plan_.job, plan_.place, nodes_, faults_, *monitor_,
                         [this] { return owns_lock(); });
  requests_.emplace(plan_.job.header.checkpoint, comm.is_root(),
                    options.deadline > 0.0 ? std::optional{options.deadline} : std::nullopt,
                    checkpoints_ ? &*checkpoints_ : nullptr);
  context_.emplace(work::Context{
      comm, nodes_, plan_.place.directory, monitor_->log(), faults_,
      [this](host::BoardPhase phase, std::int64_t step) { monitor_->enter(phase, step); },
      [this](const std::string& text, const std::string& advice) { monitor_->report(text, advice); }});
}

void Session::announce(const work::Work& work, const machine::Topology& topology) {
  const work::CheckedJob& job = plan_.job;
  if (prints() && !options_->json) {
    base::print("tessera {}   {}   run {}\n{}", TESSERA_VERSION, job.header.name, report_.run_name(),
                work.banner());
    std::fflush(stdout);
  }
  if (comm_->is_root()) {
    monitor_->log().info(fmt::format("run {} of {} with {} {} on {} ranks, {}", report_.run_name(),
                                     job.header.path, job.identity.solver, job.identity.solver_version,
                                     comm_->size(), transport::Environment::library()));
  }
  monitor_->log().info(
      fmt::format("attempt {} {}", plan_.place.attempt, node_text(*comm_, nodes_, topology)));
}

void Session::warn_of_shared_cores(const machine::Topology& topology) {
  const std::string on_this_node = oversubscription(*comm_, topology);
  if (!on_this_node.empty() && !comm_->is_root()) {
    monitor_->log().warning("ranks share cores: " + on_this_node);
  }
  for (const std::string& text : comm_->gather(on_this_node)) {
    if (text.empty()) continue;
    monitor_->report("ranks share cores: " + text,
                     "start fewer ranks per node, or bind each to its own core (mpirun --bind-to core)");
    return;
  }
}

ExitCode Session::run() {
  std::unique_ptr<work::Work> work;
  std::string facts;
  bool stopped = false;
  std::string checkpoint_problem;  // why the last checkpoint failed; known only on rank 0
  try {
    work = kind_->make(plan_.job, *context_);
    plan_.job.cache.reset();  // so that the work can free the data it no longer needs
    facts = work->facts();
    const machine::Topology topology = machine::read_topology();
    announce(*work, topology);
    warn_of_shared_cores(topology);
    const auto restored =
        start(*work, plan_, *options_,
              {*comm_, nodes_, faults_, *board_, *monitor_, [this] { return owns_lock(); }});
    if (restored && checkpoints_) checkpoints_->note_verified(*restored);
    stopped = advance(*work);
    if (checkpoints_) checkpoint_problem = checkpoints_->finish();
    std::int64_t state_saved = checkpoint_problem.empty() ? 1 : 0;
    comm_->allreduce_min(std::span<std::int64_t>{&state_saved, 1});
    if (checkpoints_ && stopped && state_saved == 1) checkpoints_->remove_local();
  } catch (const transport::AgreedError& e) {
    record_failure(e, facts);
    throw;
  }
  conclude(*work, stopped, checkpoint_problem);
  // Not earlier: node-local checkpoints are needed until the record says that the run is done.
  if (checkpoints_ && !stopped) checkpoints_->remove_local();
  return stopped ? ExitCode::resumable : ExitCode::done;
}

bool Session::advance(work::Work& work) {
  const job::CheckpointSpec& spec = plan_.job.header.checkpoint;
  work::Point point = work.point();
  while (!point.done) {
    const std::int64_t next = next_checkpoint_step(spec, point.step);
    point = work.advance({next, requests_->take(total_.seconds())});
    monitor_->report_progress(work.progress());
    if (checkpoints_) checkpoints_->poll();
    if (point.done) break;
    const bool stop = (point.requests & work::stop) != 0;
    const bool save = stop || point.step == next || (point.requests & work::save_to_run_directory) != 0;
    if (checkpoints_ && (save || (point.requests & work::save_to_nodes) != 0))
      checkpoints_->begin(work, !save);
    if (stop) return true;
  }
  return false;
}

/// Writes run.json before the record, so that every run that is recorded as done has a report.
void Session::conclude(work::Work& work, bool stopped, const std::string& checkpoint_problem) {
  monitor_->clear_line();
  const work::Report results = work.report();
  const std::uint64_t digest = work.digest();
  report_.gather_memory(*comm_);
  transport::collectively(*comm_, [&] {
    if (!comm_->is_root()) return;
    Outcome outcome;
    outcome.record = record_of(plan_.job, plan_.place);
    outcome.record.since = plan_.place.attempt;
    outcome.record.status = stopped ? Status::stopped : Status::done;
    outcome.record.step = work.point().step;
    outcome.seconds = total_.seconds();
    outcome.facts = work.facts();
    outcome.results = results.json;
    outcome.digest = digest;
    check_ownership(owns_lock(), plan_.place.directory);
    const std::string json = report_.json(outcome);
    try {
      host::write_whole_file(plan_.place.directory + "/run.json", json + "\n");
    } catch (const Error& e) {
      monitor_->report("run.json was not written: " + e.message(), "the run itself is not affected");
    }
    outcome.record.write(plan_.place.directory);
    if (options_->json) {
      std::puts(json.c_str());
    } else if (prints()) {
      print_outcome(outcome, results, *terminal_, plan_.place.directory, options_->attempt > 0);
    }
    monitor_->log().info((stopped ? "stopped, state digest " : "done, state digest ") +
                         base::Digest::text(digest));
    if (stopped && (!checkpoint_problem.empty() || !checkpoints_)) {
      throw Error{ExitCode::io_error,
                  checkpoint_problem.empty()
                      ? "stopped without a checkpoint: the solver keeps state that cannot be saved"
                      : "stopped without a checkpoint: " + checkpoint_problem,
                  "older checkpoints, if any, are unchanged"};
    }
  });
}

void Session::record_failure(const base::Error& error, const std::string& facts) {
  // Complete a checkpoint that is being written: it is useful, and messages in flight use its memory.
  if (checkpoints_) static_cast<void>(checkpoints_->finish());
  monitor_->clear_line();
  monitor_->log().error(error.message());
  if (!comm_->is_root() || !owns_lock()) return;
  try {
    Outcome outcome;
    outcome.record =
        rundir::RunRecord::read(plan_.place.directory).value_or(record_of(plan_.job, plan_.place));
    // An attempt that failed before it began must not change the record of a finished run.
    if (outcome.record.status == Status::done && outcome.record.attempt != plan_.place.attempt) return;
    outcome.record.status = Status::failed;
    outcome.seconds = total_.seconds();
    outcome.facts = facts;
    outcome.failure = error.text();
    outcome.record.write(plan_.place.directory);
    host::write_whole_file(plan_.place.directory + "/run.json", report_.json(outcome) + "\n");
  } catch (const base::Error&) {
    // Only the error that ended the run is reported.
  }
}

}  // namespace tessera::run
