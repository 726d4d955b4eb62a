#include "checkpoint/promotion.h"
#include "checkpointing.h"
#include "commands.h"
#include "extents.h"
#include "node_facts.h"
#include "resume.h"
#include "run_requests.h"

#include "base/checkpoint_names.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/fail_points.h"
#include "base/file_lock.h"
#include "base/progress_board.h"
#include "base/text.h"
#include "driver/attempt.h"
#include "output/output_file.h"
#include "run_outputs.h"
#include "run_place.h"
#include "run_report.h"
#include "transport/agreement.h"
#include "transport/environment.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <sys/resource.h>

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

/// Brings what lies on the nodes, where it is newer than what the run directory holds, there. @note
/// Collective.
void take_local_level(const transport::Communicator& comm, const LoadedJob& loaded,
                      const checkpoint::LocalPlace& local, RunPlace& place, RunOutputs& outputs,
                      const base::FailPoints& faults, const base::BoardSlot& board) {
  std::int64_t newest = 0;
  if (!place.checkpoints.empty()) {
    const auto name =
        base::parse_checkpoint_name(std::filesystem::path{place.checkpoints.front()}.filename().string());
    if (name) newest = name->step;
  }
  const auto promoted = checkpoint::promote(
      comm, local, place.directory, wanted_of(loaded.job, loaded.solver.schema()), newest, faults,
      [&](const std::string& problem) { outputs.tell(problem, "an older one is tried"); }, board);
  if (promoted) place.checkpoints.insert(place.checkpoints.begin(), *promoted);
}

/// Before what earlier attempts have written is cut: from now on it is this attempt's run. @note Collective.
void begin_history(const transport::Communicator& comm, const RunPlace& place) {
  transport::collectively(comm, [&] {
    if (comm.root()) RunIdentity{place.identity.text, place.attempt}.write(place.directory);
  });
}

/// The fields of an attempt, from the newest good checkpoint of `place` or from the start. @note Collective.
std::unique_ptr<driver::Attempt> make_attempt(const transport::Communicator& comm, const LoadedJob& loaded,
                                              const RunOptions& options, const RunPlace& place,
                                              const std::optional<checkpoint::LocalPlace>& local,
                                              RunOutputs& outputs, const base::FailPoints& faults,
                                              const base::BoardSlot& board) {
  const auto begin_anew = [&] {
    if (local) checkpoint::forget(comm, *local);
    begin_history(comm, place);
    transport::collectively(comm, [&] {
      if (comm.root()) remove_later_results(place.directory, -1);
    });
    return std::make_unique<driver::Attempt>(comm, loaded.solver, loaded.job,
                                             driver::AttemptOptions{nullptr, &faults});
  };
  if (place.checkpoints.empty()) return begin_anew();
  ResumePoint point{comm,
                    loaded.job,
                    loaded.solver.schema(),
                    place.directory,
                    place.checkpoints,
                    faults,
                    board,
                    [&](const std::string& problem) { outputs.tell(problem, "the one before it is tried"); }};
  std::unique_ptr<driver::Attempt> attempt;
  try {
    attempt = std::make_unique<driver::Attempt>(comm, loaded.solver, loaded.job,
                                                driver::AttemptOptions{&point, &faults});
  } catch (const transport::AgreedError& e) {
    if (e.code() != base::ExitCode::bad_data || !options.from_start) throw;
    return begin_anew();
  }
  // Restored and compared: what lies on the nodes is of no more use.
  if (local) checkpoint::forget(comm, *local);
  begin_history(comm, place);
  outputs.resume(comm, *attempt->resumed());
  outputs.trust_checkpoint(std::filesystem::path{point.used()}.filename().string());
  if (comm.root()) {
    outputs.tell(fmt::format("goes on from step {}, t = {}", attempt->resumed()->step,
                             base::format_duration(attempt->resumed()->time)));
  }
  return attempt;
}

/// Prints and logs a warning when any rank has something to say; the first one's text stands for all but in
/// the logs of the nodes.
/// @note Collective.
void warn(const transport::Communicator& comm, RunOutputs& outputs, bool talks, const std::string& what,
          const std::string& own, const std::string& hint) {
  if (!own.empty() && !comm.root()) outputs.log().warning(fmt::format("{}: {}", what, own));
  for (const std::string& text : comm.gather(own)) {
    if (text.empty()) continue;
    const std::string warning = fmt::format("{}: {}", what, text);
    outputs.log().warning(warning);
    if (talks) fmt::print(stderr, "warning: {}\n  = {}\n", warning, hint);
    return;
  }
}

void print_banner(const RunReport& r, std::size_t nodes, double bytes_a_rank) {
  const job::JobSpec& job = *r.job;
  const int d = job.geometry.dimensions;
  fmt::print("tessera {}   {}   run {}\n", TESSERA_VERSION, job.name, r.facts.run);
  fmt::print("solver   {} {}   grid {}, {}\n", r.schema->name, r.schema->version,
             extents(job.geometry.cells, d),
             job.geometry.coordinates == grid::Coordinates::spherical ? "spherical" : "cartesian");
  fmt::print("layout   {} rank{} on {} node{}, {} chunk{} of {}, imbalance {:.1f} %, {} a rank\n",
             r.facts.ranks, r.facts.ranks == 1 ? "" : "s", nodes, nodes == 1 ? "" : "s", r.chunks,
             r.chunks == 1 ? "" : "s", extents(r.chunk, d), 100.0 * r.imbalance,
             base::format_bytes(bytes_a_rank));
  for (const job::InitialValue& v : job.initial) {
    if (const auto* source = std::get_if<input::GridSource>(&v.value)) {
      fmt::print("input    {}  {} -> {}\n", source->path, source->dataset,
                 r.schema->fields[static_cast<std::size_t>(v.field)].name);
    }
  }
  std::fflush(stdout);
}

void print_end(const RunReport& r, const RunOutputs& outputs, bool colour) {
  if (r.outcome.stopped) {
    fmt::print("{}⏸{} stopped at step {}, to go on: --resume\n", colour ? "\x1b[33m" : "",
               colour ? "\x1b[0m" : "", r.outcome.steps);
  }
  const bool done = !r.outcome.stopped;
  fmt::print("{}{}{} {}\n", done && colour ? "\x1b[32m" : "", done ? "✓" : " ",
             done && colour ? "\x1b[0m" : "", r.text());
  fmt::print("results    {}\n", r.facts.directory);
  if (outputs.pictures() > 0) fmt::print("pictures   {}/frames/\n", r.facts.directory);
  if (outputs.snapshots() > 0) fmt::print("view       paraview {}/fields.xdmf\n", r.facts.directory);
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
  RunPlace place = place_of(comm, options, loaded, lock);
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
      if (options.resume == Resume::automatic)
        take_local_level(comm, loaded, *local, place, outputs, faults, board);
    }
    const std::unique_ptr<driver::Attempt> made =
        make_attempt(comm, loaded, options, place, local, outputs, faults, board);
    driver::Attempt& attempt = *made;
    report.chunks = attempt.partition().layout().chunk_count();
    report.chunk = attempt.partition().layout().chunk();
    if (comm.root()) report.imbalance = partition::imbalance(attempt.partition());
    if (talks && !options.json) {
      print_banner(report, std::set<int>(nodes.begin(), nodes.end()).size(),
                   static_cast<double>(attempt.store().bytes()));
    }
    warn(comm, outputs, talks, "ranks of a node cannot share memory", attempt.decomposition().problem(),
         "they exchange messages instead; `transport = \"messages\"` in [performance] asks for that");
    warn(comm, outputs, talks, "ranks share cores", crowding(comm, attempt.topology()),
         "start fewer ranks a node, or bind each to a core of its own (mpirun --bind-to core)");
    const std::int64_t idle = comm.size() - report.chunks;
    if (talks && idle > 0) {
      const std::string warning =
          fmt::format("{} of {} ranks have nothing to do: the domain has {} chunk{}", idle, comm.size(),
                      report.chunks, report.chunks == 1 ? "" : "s");
      outputs.log().warning(warning);
      fmt::print(stderr, "warning: {}\n  = use fewer ranks, or smaller chunks: `chunk` in [domain]\n",
                 warning);
    }
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
  report.phases = report::gather_phases(comm, driver::phase_names, report.outcome.phases.seconds);
  const driver::Stepper::Traffic& traffic = report.outcome.traffic;
  std::array<std::int64_t, 3> bytes{traffic.bytes_sent, traffic.bytes_in_messages,
                                    traffic.bytes_between_nodes};
  comm.sum(bytes);
  report.bytes_sent = bytes[0];
  report.bytes_in_messages = bytes[1];
  report.bytes_between_nodes = bytes[2];
  std::array<double, 2> seconds{traffic.hidden_seconds, traffic.exposed_seconds};
  comm.sum(seconds);
  report.hidden_seconds = seconds[0] / comm.size();
  report.exposed_seconds = seconds[1] / comm.size();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  report.facts.peak_bytes = std::int64_t{usage.ru_maxrss} * 1024;
  comm.largest(std::span<std::int64_t>{&report.facts.peak_bytes, 1});
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
