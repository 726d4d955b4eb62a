#include "command_line.h"

#include "base/error.h"
#include "base/exit_code.h"
#include "base/text.h"
#include "host/crash_report.h"
#include "job/suggest.h"
#include "transport/agreement.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace tessera::app {

namespace {

constexpr const char* exit_codes =
    "Exit codes (after sysexits): 0 done, 1 results differ (diff), files are damaged (verify), something "
    "must\n"
    "be fixed (doctor), or a solver breaks a purity rule (test), 64 invalid command line, 65 invalid data, "
    "66 missing input,\n"
    "69 solver or launcher not found, 70 the solver or Tessera failed, 71 out of memory or another "
    "resource,\n"
    "73 cannot create an output, 74 reading or writing failed, 75 stopped with a checkpoint (run again with "
    "--resume),\n"
    "78 invalid job file.";

constexpr const char* examples =
    "Examples:\n"
    "  tessera run apps/heat/jobs/hot-spot-3d.toml             one rank\n"
    "  mpirun -n 4 tessera run apps/heat/jobs/hot-spot-3d.toml four ranks, bit-identical results\n"
    "  tessera run job.toml 'time.end=1 h' domain.chunk=64     with overrides\n"
    "  tessera launch -n 4 job.toml                            until done, restarting after failures\n"
    "  tessera submit job.toml -N 4 --ntasks-per-node 64 -t 2:00:00   on Slurm, until done\n"
    "  tessera doctor --hostfile hosts                         can runs start here and on these hosts?\n"
    "  mpirun -n 2 tessera run job.toml --resume               resumed, on any number of ranks\n"
    "  tessera check job.toml                                  reports all errors without running the job\n"
    "  tessera plan job.toml -n 4096                           cells, memory and halo bytes per rank\n"
    "  tessera describe shallow_water                          parameters, fields, diagnostics\n"
    "  tessera new solver advection                            a solver with a job and tests\n"
    "  tessera test build/advection.so                         does a solver obey the purity rules?\n"
    "  tessera diff runs/one runs/two                          are the results the same?\n"
    "  tessera verify runs/one                                 are all files of a run intact?\n";

constexpr int usage = static_cast<int>(base::ExitCode::usage);

/// Throws base::Error (io_error) if something could not be written to standard output.
void flush_output() {
  errno = 0;
  if (std::cout.flush() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  throw base::Error(base::ExitCode::io_error,
                    fmt::format("cannot write to standard output{}",
                                errno == 0 ? "" : std::string(": ") + std::strerror(errno)));
}

/// Returns the text of an error in the command line. That of CLI11 for a missing argument is only "second is
/// required".
std::string problem_of(const CLI::App& program, const CLI::Error& error) {
  const std::string problem = error.what();
  constexpr std::string_view ending = " is required";
  if (error.get_name() != "RequiredError" || !problem.ends_with(ending)) return problem;
  std::string command = program.get_name();
  const CLI::App* app = &program;
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
    command += " " + app->get_name();
  }
  const std::string name = problem.substr(0, problem.size() - ending.size());
  const CLI::Option* argument = app->get_option_no_throw(name);
  if (argument == nullptr) return problem;
  return fmt::format("`{}` needs the argument `{}`: {}", command, name, argument->get_description());
}

}  // namespace

CommandLine::CommandLine() : app_{"Runs large computations on clusters with MPI."} {
  app_.name("tessera");
  app_.footer(std::string(examples) + "\n" + exit_codes);
  app_.set_version_flag("--version", std::string("tessera ") + TESSERA_VERSION);
  app_.require_subcommand(1);
  app_.failure_message([](const CLI::App* program, const CLI::Error& e) {
    return base::Error{base::ExitCode::usage, problem_of(*program, e),
                       "tessera --help shows the commands, tessera COMMAND --help their options"}
               .text() +
           "\n";
  });
}

void CommandLine::add_colour_option(CLI::App& command) {
  const std::map<std::string, ColourChoice> choices{
      {"auto", ColourChoice::automatic}, {"always", ColourChoice::always}, {"never", ColourChoice::never}};
  command.add_option("--color", colour_, "colours: auto, always or never")
      ->transform(CLI::CheckedTransformer(choices, CLI::ignore_case))
      ->option_text("auto|always|never");
}

void CommandLine::set_implied_value(const std::string& option, const std::string& value) {
  implied_values_.insert_or_assign(option, option + "=" + value);
}

int CommandLine::run(int& argc, char**& argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const base::Error& e) {
    if (is_first_process()) print_error(console_, e.text());
    return static_cast<int>(e.code());
  } catch (...) {
    const base::Error error = transport::error_of(std::current_exception());
    print_error(console_, error.text());
    return static_cast<int>(error.code());
  }
}

int CommandLine::parse_and_run(int& argc, char**& argv) {
  const std::string command = argc > 1 ? argv[1] : "--help";
  if (const std::string error = unknown_command_error(command); !error.empty()) {
    if (is_first_process()) print_error(console_, error);
    return usage;
  }
  Invocation invocation{console_, {}, argc, argv};
  const std::vector<std::string> all(argv + std::min(argc, 1), argv + argc);
  const auto end =
      forwarding_commands_.count(command) > 0 ? std::find(all.begin(), all.end(), "--") : all.end();
  if (end != all.end()) invocation.forwarded.assign(end + 1, all.end());
  std::vector<std::string> words(all.begin(), end);
  for (std::string& word : words) {
    const auto implied = implied_values_.find(word);
    if (implied != implied_values_.end()) word = implied->second;
  }
  try {
    std::reverse(words.begin(), words.end());  // CLI11 expects the words in reverse order
    app_.parse(std::move(words));
  } catch (const CLI::ParseError& e) {
    // Under mpirun every rank fails here; only one reports it.
    if (is_first_process()) app_.exit(e);
    if (e.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success)) return usage;
    flush_output();
    return 0;
  }
  console_ = detect_console(colour_);
  const std::string name = app_.get_subcommands().front()->get_name();
  // A run has its own report, because MPI replaces the handlers of signals.
  std::optional<host::CrashReport> crash_report;
  if (name != "run") crash_report.emplace(host::CrashReport::no_rank);
  const int code = actions_.at(name)(invocation);
  // The results of a run are in its directory, so the run succeeds even if printing fails.
  constexpr int found_differences = static_cast<int>(base::ExitCode::check_failed);
  if ((code == 0 || code == found_differences) && name != "run" && name != "launch") flush_output();
  return code;
}

/// The error message if `word` is not a command; empty if it is a command or an option.
std::string CommandLine::unknown_command_error(const std::string& word) const {
  if (word.starts_with('-')) return {};
  std::vector<std::string> known;
  for (const CLI::App* command : app_.get_subcommands({})) known.push_back(command->get_name());
  if (std::find(known.begin(), known.end(), word) != known.end()) return {};
  std::string text = "error: unknown command `" + base::printable(word, 80) + "`";
  if (const auto suggestion = job::suggest(word, known)) text += ", did you mean `" + *suggestion + "`?";
  text += "\n  = tessera --help describes the commands:";
  for (const std::string& name : known) text += " " + name;
  return text;
}

}  // namespace tessera::app
