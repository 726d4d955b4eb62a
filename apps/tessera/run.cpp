#include "checkpointing.h"
#include "commands.h"
#include "node_facts.h"
#include "run_beginning.h"
#include "run_messages.h"
#include "run_requests.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/fail_points.h"
#include "base/file_lock.h"
#include "base/progress_board.h"
#include "driver/attempt.h"
#include "output/output_file.h"
#include "run_outputs.h"
#include "run_place.h"
#include "run_report.h"
#include "transport/agreement.h"
#include "transport/environment.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <sstream>

#include <fmt/format.h>

namespace tessera::app {

namespace {

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  std::string text(32, '\0');
  text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S%z", &parts));
  return text;
}

std::string fingerprint_of(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream{path, std::ios::binary}.rdbuf();
  return base::fingerprint(content.str());
}

/// Rank 0 checks the job; the others then read what it has checked. @note Collective.
LoadedJob load_everywhere(const transport::Communicator& comm, const JobRequest& request) {
  const double memory = memory_of_all(comm);
  std::optional<LoadedJob> loaded;
  std::string text;
  transport::collectively(comm, [&] {
    if (!comm.root()) return;
    loaded.emplace(load_job(request, memory));
    text = loaded->job.text;
  });
  comm.broadcast(text);
  std::string version = TESSERA_VERSION;
  comm.broadcast(version);
  std::string plugin = comm.root() ? fingerprint_of(loaded->solver.file()) : std::string{};
  comm.broadcast(plugin);
  transport::collectively(comm, [&] {
    if (version != TESSERA_VERSION) {
      throw base::Error{base::ExitCode::unavailable,
                        fmt::format("this is tessera {}, that of rank 0 is {}", TESSERA_VERSION, version),
                        "install the same version on all hosts"};
    }
    if (!comm.root()) loaded.emplace(load_checked_job(request, text));
    if (!comm.root() && fingerprint_of(loaded->solver.file()) != plugin) {
      throw base::Error{
          base::ExitCode::unavailable,
          fmt::format("the solver in `{}` is not the same file as that of rank 0", loaded->solver.file()),
          "install the same solver on all hosts"};
    }
    loaded->solver.configure(loaded->job);
  });
  return std::move(*loaded);
}

/// Runs the job on the ranks of `comm`. @note Collective.
int run_on(const transport::Communicator& comm, const RunOptions& options, const Console& console,
           const base::BoardSlot& board) {
  base::Stopwatch total;
  if (const auto foreign = transport::foreign_launcher(comm.size())) {
    throw transport::AgreedError{base::Error{
        base::ExitCode::unavailable,
        fmt::format(
            "{} processes were started by {}, but each of them is alone: this tessera is built with {}",
            foreign->processes, foreign->name, transport::Environment::library()),
        "start it with the mpirun of that MPI, or rebuild Tessera with the MPI of this launcher"}};
  }
  LoadedJob loaded = load_everywhere(comm, options.job);
  const job::JobSpec& job = loaded.job;
  std::optional<base::FileLock> lock;
  const RunPlace place = place_of(comm, options, loaded, lock);
  const std::string& directory = place.directory;
  base::FailPoints faults{options.inject, static_cast<int>(place.attempt)};
  faults.keep_for(comm.rank());
  board.publish(base::BoardPhase::restart);
  faults.reach("start", 0);
  const bool talks = comm.root() && !options.quiet;

  RunReport report;
  report.job = &job;
  report.schema = &loaded.solver.schema();
  report.facts.directory = directory;
  report.facts.launched = options.attempt > 0;
  report.facts.run = directory.substr(directory.find_last_of('/') + 1);
  report.facts.mpi = transport::Environment::library();
  report.facts.ranks = comm.size();
  report.facts.hosts = comm.gather(transport::Environment::host());
  report.facts.started = now_text();
  report.facts.solver_file = loaded.solver.file();

  std::optional<RunProgress> progress;
  if (comm.root()) {
    std::optional<report::Progress> line;
    if (talks) line.emplace(stderr, console.terminal, console.width, console.colour_error);
    progress.emplace(
        job,
        RunProgress::Facts{directory, place.attempt, comm.size(),
                           [&] {
                             if (!lock || lock->held()) return;
                             print_error(console,
                                         fmt::format("error: another process has taken over this run in `{}`",
                                                     directory));
                             comm.abort(static_cast<int>(base::ExitCode::cannot_create));
                           }},
        std::move(line));
  }
  const std::vector<int> nodes = comm.node_numbers();
  RunOutputs outputs{comm, job, directory, nodes, std::move(progress)};
  std::optional<Checkpointing> checkpointing;
  // A solver that keeps state of its own between steps cannot be put back.
  if (!report.schema->one_step) {
    checkpointing.emplace(comm, job, *report.schema,
                          RunAttempt{directory, place.identity.text, report.facts.run, place.attempt}, nodes,
                          faults, [&lock] { return !lock || lock->held(); });
  }
  outputs.attach(checkpointing ? &*checkpointing : nullptr, &board, &faults);
  RunRequests requests{job.checkpoint, comm.root(),
                       options.deadline > 0.0 ? std::optional{options.deadline} : std::nullopt,
                       checkpointing ? &*checkpointing : nullptr};
  std::string last_problem;
  try {
    std::optional<checkpoint::LocalPlace> local;
    if (checkpointing && !job.checkpoint.local.empty()) {
      local = checkpoint::LocalPlace{job.checkpoint.local, place.identity.text, nodes, place.identity.since};
    }
    const std::unique_ptr<driver::Attempt> made =
        begin_run({comm, options, loaded, place, local, outputs, faults, board});
    driver::Attempt& attempt = *made;
    report.chunks = attempt.partition().layout().chunk_count();
    report.chunk = attempt.partition().layout().chunk();
    if (comm.root()) report.imbalance = partition::imbalance(attempt.partition());
    if (talks && !options.json) {
      print_banner(report, std::set<int>(nodes.begin(), nodes.end()).size(),
                   static_cast<double>(attempt.store().bytes()));
    }
    warn_of_ranks(comm, attempt, outputs, talks);
    if (comm.root()) {
      outputs.log().info(fmt::format("run {} of {} with {} {} on {} ranks, {}", report.facts.run, job.path,
                                     report.schema->name, report.schema->version, comm.size(),
                                     report.facts.mpi));
    }
    outputs.log().info(place_text(comm, nodes, place.attempt, attempt));
    report.outcome = attempt.run(outputs, &requests);
    last_problem = outputs.finish_checkpoints();
    std::int64_t safe = last_problem.empty() ? 1 : 0;  // rank 0 alone knows
    comm.smallest(std::span<std::int64_t>{&safe, 1});
    if (checkpointing && (!report.outcome.stopped || safe == 1)) checkpointing->forget_local();
  } catch (const transport::AgreedError& e) {
    // A checkpoint under way is worth having, and its messages must end before their memory does.
    static_cast<void>(outputs.finish_checkpoints());
    outputs.finish();
    outputs.log().error(e.message());
    report.facts.failure = e.text();
    report.facts.total_seconds = total.seconds();
    if (comm.root()) {
      try {
        output::write_whole_file(directory + "/run.json", report.json() + "\n");
      } catch (const base::Error&) {
        // The run's own error is the one to tell.
      }
    }
    throw;
  }
  outputs.finish();
  outputs.log().info(fmt::format("{} steps in {:.3g} s: {}", report.outcome.steps - report.outcome.first_step,
                                 report.outcome.loop_seconds, phases_text(report.outcome.phases)));
  report.probes = outputs.probe_records();
  report.gather(comm);
  report.facts.total_seconds = total.seconds();
  transport::collectively(comm, [&] {
    if (!comm.root()) return;
    const std::string text = report.json();
    output::write_whole_file(directory + "/run.json", text + "\n");
    if (options.json) {
      std::puts(text.c_str());
    } else if (talks) {
      print_end(report, outputs, console.colour_out);
    }
    outputs.log().info((report.outcome.stopped ? "stopped, state digest " : "done, state digest ") +
                       report.state_digest());
    if (report.outcome.stopped && (!last_problem.empty() || !checkpointing)) {
      throw base::Error{base::ExitCode::io_error,
                        last_problem.empty()
                            ? "stopped without a checkpoint: the solver keeps state of its own"
                            : "stopped without a checkpoint: " + last_problem,
                        "the newest older one, if any, is as it was"};
    }
  });
  return static_cast<int>(report.outcome.stopped ? base::ExitCode::again : base::ExitCode::done);
}

}  // namespace

int run(const RunOptions& options, const Console& console, int& argc, char**& argv) {
  transport::Environment mpi{argc, argv};
  const transport::Communicator comm = mpi.world();
  const char* board_path = std::getenv("TESSERA_BOARD");
  const base::BoardSlot board{board_path == nullptr ? "" : board_path, comm.rank()};
  board.publish(base::BoardPhase::start);
  try {
    const int code = run_on(comm, options, console, board);
    board.publish(base::BoardPhase::finished);
    return code;
  } catch (const transport::AgreedError& e) {
    board.publish(base::BoardPhase::finished);
    if (comm.root()) print_error(console, e.text());
    if (e.code() == base::ExitCode::io_error) {
      comm.barrier();  // so that rank 0 has printed before any rank ends
      transport::leave_at_once(static_cast<int>(e.code()));
    }
    return static_cast<int>(e.code());
  } catch (...) {
    // Only this rank knows of it: the others wait for messages that will not come.
    const base::Error e = transport::error_of(std::current_exception());
    print_error(console, e.text());
    if (comm.size() > 1) comm.abort(static_cast<int>(e.code()));
    return static_cast<int>(e.code());
  }
}

}  // namespace tessera::app
