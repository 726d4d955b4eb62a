#include "run/session.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/escape.h"
#include "base/print.h"
#include "base/text.h"
#include "host/durable_file.h"
#include "host/output_file.h"
#include "run/inventory.h"
#include "run/node_facts.h"
#include "run/shared_directory.h"
#include "run/start.h"
#include "transport/agreement.h"
#include "transport/environment.h"

#include <cstdio>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::run {

namespace {

using base::Error;
using base::ExitCode;
using Status = rundir::RunRecord::Status;

constexpr std::uint64_t max_report_bytes = std::uint64_t{1} << 30;

/// Prints the outcome of a run. `supervised`: whether a supervisor will print how to resume the run.
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
              base::format_duration(outcome.seconds), results.headline, base::Digest::to_hex(*outcome.digest),
              base::Lines{results.summary});
  base::print("\nresults    {}\n{}", directory, base::Lines{results.results});
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
      plan_{plan_run(comm, kind, options, gather_memory_limits(comm), lock_)},
      faults_{options.inject, static_cast<int>(plan_.run.attempt)},
      report_{comm, plan_} {
  if (plan_.run.done) return;
  check_shared_directory(comm, plan_.run);
  faults_.keep_only_rank(comm.rank());
  board.publish(host::BoardPhase::restart);
  faults_.reach("start", 0);
  std::optional<Progress> progress;
  if (comm.is_root()) {
    std::optional<ProgressLine> line;
    if (prints()) line.emplace(stderr, terminal.interactive, terminal.width, terminal.colour_error);
    const auto check_lock = [this] {
      if (owns_lock()) return;
      print_error(*terminal_,
                  Error{ExitCode::cannot_create,
                        fmt::format("another process has taken over this run in `{}`", plan_.run.directory)}
                      .text());
      comm_->abort(static_cast<int>(ExitCode::cannot_create));
    };
    progress.emplace(Progress::Options{plan_.run.directory, plan_.run.attempt, comm.size(), check_lock},
                     std::move(line));
  }
  monitor_.emplace(comm, plan_.job.header.log, plan_.run.directory, nodes_, board, std::move(progress));
  if (plan_.job.savable)
    checkpoints_.emplace(comm, plan_.job, plan_.run, nodes_, faults_, *monitor_,
                         [this] { return owns_lock(); });
  requests_.emplace(plan_.job.header.checkpoint, comm.is_root(),
                    options.deadline > 0.0 ? std::optional{options.deadline} : std::nullopt,
                    checkpoints_ ? &*checkpoints_ : nullptr);
  context_.emplace(work::Context{
      comm, nodes_, plan_.run.directory, monitor_->log(), faults_,
      [this](host::BoardPhase phase, std::int64_t step) { monitor_->enter(phase, step); },
      [this](const std::string& text, const std::string& advice) { monitor_->report(text, advice); }});
}

void Session::announce(const work::Work& work, const machine::Topology& topology) {
  const work::CheckedJob& job = plan_.job;
  if (prints() && !options_->json) {
    base::print("tessera {}   {}   run {}\n{}", TESSERA_VERSION, job.header.name, report_.run_name(),
                base::Lines{work.banner()});
    std::fflush(stdout);
  }
  if (comm_->is_root()) {
    monitor_->log().info(fmt::format("run {} of {} with {} {} on {} rank{}, {}", report_.run_name(),
                                     job.header.path, job.identity.solver, job.identity.solver_version,
                                     comm_->size(), comm_->size() == 1 ? "" : "s",
                                     transport::Environment::library()));
  }
  for (const work::Remark& remark : job.remarks) monitor_->report(remark.text, remark.advice);
  monitor_->log().info(
      fmt::format("attempt {} {}", plan_.run.attempt, describe_node(*comm_, nodes_, topology)));
}

void Session::warn_of_oversubscription(const machine::Topology& topology) {
  const std::string on_this_node = describe_oversubscription(*comm_, topology);
  if (!on_this_node.empty() && !comm_->is_root()) {
    monitor_->log().warning("ranks share cores: " + on_this_node);
  }
  for (const std::string& text : comm_->gather(on_this_node)) {
    if (text.empty()) continue;
    monitor_->report("ranks share cores: " + text,
                     "start fewer ranks per node, or bind each rank to its own core (mpirun --bind-to core)");
    return;
  }
}

ExitCode Session::run() {
  if (plan_.run.done) {
    report_done();
    return ExitCode::done;
  }
  std::unique_ptr<work::Work> work;
  std::string facts;
  bool stopped = false;
  std::string checkpoint_problem;  // why the last checkpoint failed; set on rank 0 only
  try {
    work = kind_->make(plan_.job, *context_);
    plan_.job.cache.reset();  // so that the work can free this data once it is no longer needed
    facts = work->facts();
    const machine::Topology topology = machine::read_topology();
    announce(*work, topology);
    warn_of_oversubscription(topology);
    const auto restored =
        start(*work, plan_, *options_,
              {*comm_, nodes_, faults_, *board_, *monitor_, [this] { return owns_lock(); }});
    if (restored && checkpoints_) checkpoints_->mark_verified(*restored, work->point().step);
    stopped = advance(*work);
    if (!stopped) save_final_state(*work);
    if (checkpoints_) checkpoint_problem = checkpoints_->finish();
    std::int64_t state_saved = checkpoint_problem.empty() ? 1 : 0;
    comm_->allreduce_min(std::span<std::int64_t>{&state_saved, 1});
    if (checkpoints_ && stopped && state_saved == 1) checkpoints_->remove_local();
  } catch (const transport::AgreedError& e) {
    record_failure(e, facts);
    throw;
  }
  conclude(*work, stopped, checkpoint_problem);
  // Only now, because node-local checkpoints are needed until the run is recorded as done.
  if (checkpoints_ && !stopped) checkpoints_->remove_local();
  return stopped ? ExitCode::resumable : ExitCode::done;
}

bool Session::advance(work::Work& work) {
  const job::CheckpointSpec& spec = plan_.job.header.checkpoint;
  work::SafePoint point = work.point();
  while (!point.done) {
    const std::int64_t next = next_checkpoint_step(spec, point.step);
    point = work.advance({next, requests_->collect(total_.seconds())});
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

/// Saves the final state, from which the run can be extended, unless the job does not want it.
void Session::save_final_state(work::Work& work) {
  const job::CheckpointSpec& spec = plan_.job.header.checkpoint;
  if (checkpoints_ && spec.at_end && checkpoints_->last_step() != work.point().step)
    checkpoints_->begin(work, false);
}

/// Prints that there is nothing to do, or the report of the run in JSON. Changes no file.
void Session::report_done() const {
  if (!comm_->is_root()) return;
  const std::string& directory = plan_.run.directory;
  if (options_->json) {
    try {
      const std::string content = host::read_small_file(directory + "/run.json", max_report_bytes);
      const auto record = rundir::RunRecord::read(directory);
      if (record && !record->inventory.empty() &&
          !Inventory::read(directory, record->inventory).has_report(content))
        throw Error{ExitCode::bad_data, "run.json has been changed"};
      base::print_verbatim(stdout, content);
    } catch (const Error&) {  // the report could not be written, or was removed or changed
      std::puts(base::json_text(nlohmann::json{{"directory", directory}, {"status", "done"}}).c_str());
    }
  } else if (prints()) {
    base::print("{}✓{} {} is already done\n", terminal_->colour_out ? "\x1b[32m" : "",
                terminal_->colour_out ? "\x1b[0m" : "", directory);
  }
}

/// Writes run.json, with this content, and the list of all files. Returns the fingerprint of the list; an
/// empty string if it cannot be written. Called on rank 0 only.
std::string Session::write_report(const std::string& content,
                                  const std::vector<checkpoint::Section>& outputs) {
  const std::string& directory = plan_.run.directory;
  Inventory inventory{0, 0, outputs};
  try {
    host::write_whole_file(directory + "/run.json", content, host::Durability::on_disk);
    inventory.report_bytes = content.size();
    inventory.report_hash = base::hash_of(std::as_bytes(std::span{content}));
  } catch (const Error& e) {
    monitor_->report("run.json was not written: " + e.message(), "the run itself is not affected");
  }
  try {
    return inventory.write(directory);
  } catch (const Error& e) {
    monitor_->report("the list of the run's files was not written: " + e.message(),
                     "the run itself is not affected; `tessera verify` uses the newest checkpoint instead");
    return {};
  }
}

/// Writes the report and the record, and prints the outcome. Writes run.json before the record, so that every
/// run that is recorded as done has a report.
void Session::conclude(work::Work& work, bool stopped, const std::string& checkpoint_problem) {
  monitor_->clear_line();
  const work::Report results = work.report();
  const std::uint64_t digest = work.digest();
  report_.record_peak_memory(*comm_);
  transport::collectively(*comm_, [&] {
    if (!comm_->is_root()) return;
    Outcome outcome;
    outcome.record = record_of(plan_.job, plan_.run);
    outcome.record.since = plan_.run.attempt;
    outcome.record.status = stopped ? Status::stopped : Status::done;
    outcome.record.step = work.point().step;
    outcome.seconds = total_.seconds();
    outcome.facts = work.facts();
    outcome.results = results.json;
    outcome.digest = digest;
    check_ownership(owns_lock(), plan_.run.directory);
    const std::string json = report_.json(outcome);
    outcome.record.inventory = write_report(json + "\n", results.outputs);
    outcome.record.write(plan_.run.directory);
    if (options_->json) {
      std::puts(json.c_str());
    } else if (prints()) {
      print_outcome(outcome, results, *terminal_, plan_.run.directory, options_->attempt > 0);
    }
    monitor_->log().info((stopped ? "stopped, state digest " : "done, state digest ") +
                         base::Digest::to_hex(digest));
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
  // Wait for a checkpoint that is being written: it is useful, and pending messages use its memory.
  if (checkpoints_) static_cast<void>(checkpoints_->finish());
  monitor_->clear_line();
  monitor_->log().error(error.message());
  if (!comm_->is_root() || !owns_lock()) return;
  try {
    Outcome outcome;
    outcome.record = rundir::RunRecord::read(plan_.run.directory).value_or(record_of(plan_.job, plan_.run));
    // An attempt that failed before it wrote its own record must not overwrite that of a finished run.
    if (outcome.record.status == Status::done && outcome.record.attempt != plan_.run.attempt) return;
    outcome.record.status = Status::failed;
    outcome.record.inventory.clear();  // it lists an older run.json
    outcome.seconds = total_.seconds();
    outcome.facts = facts;
    outcome.failure = error.text();
    outcome.record.write(plan_.run.directory);
    host::write_whole_file(plan_.run.directory + "/run.json", report_.json(outcome) + "\n",
                           host::Durability::on_disk);
  } catch (const base::Error&) {
    // The error that ended the run is reported, not this one.
  }
}

}  // namespace tessera::run
