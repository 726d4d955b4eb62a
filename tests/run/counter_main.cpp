// Runs and supervises counter jobs, as `tessera run` and `tessera launch` do with grid jobs.
#include "counter.h"

#include "base/error.h"
#include "job/units.h"
#include "run/plan.h"
#include "run/run.h"
#include "rundir/run_directory.h"
#include "supervisor/supervisor.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <string>

using namespace tessera;

namespace {

int launch(const run::Options& options, int ranks) {
  const auto directory = rundir::RunDirectory::create_at(options.run_directory);
  const std::string path = std::filesystem::canonical(directory.path());
  run::new_record(run::check_job(counter::Kind{}, options.job)).write(path);
  supervisor::Supervisor::Options supervisor_options;
  supervisor_options.plan.ranks = ranks;
  supervisor_options.plan.program = std::filesystem::read_symlink("/proc/self/exe").string();
  supervisor_options.plan.directory = path;
  supervisor_options.plan.run_arguments = {options.job.path};
  for (const std::string& fault : options.inject)
    supervisor_options.plan.run_arguments.insert(supervisor_options.plan.run_arguments.end(),
                                                 {"--inject", fault});
  supervisor::Supervisor supervisor{std::move(supervisor_options), {}, [](auto, const std::string& text) {
                                      std::fprintf(stderr, "%s\n", text.c_str());
                                    }};
  return supervisor.run();
}

}  // namespace

int main(int argc, char** argv) {
  run::Options options;
  int ranks = 1;
  std::string resume = "never";
  std::string deadline;
  CLI::App cli{"Runs counter jobs."};
  CLI::App& run_command = *cli.add_subcommand("run");
  CLI::App& launch_command = *cli.add_subcommand("launch");
  for (CLI::App* command : {&run_command, &launch_command}) {
    command->add_option("job", options.job.path)->required();
    command->add_option("overrides", options.job.overrides);
    command->add_option("--run-dir", options.run_directory);
    command->add_option("--inject", options.inject)->allow_extra_args(false);
  }
  launch_command.add_option("-n", ranks);
  run_command.add_option("--resume", resume);
  run_command.add_option("--attempt", options.attempt);
  run_command.add_option("--deadline", deadline);
  run_command.add_flag("--take-over", options.take_over);
  run_command.add_flag("--quiet", options.quiet);
  CLI11_PARSE(cli, argc, argv);
  try {
    if (launch_command.parsed()) return launch(options, ranks);
    if (resume != "never")
      options.resume = resume == "auto" ? run::Resume::automatic : run::Resume::from_checkpoint;
    options.resume_from = resume;
    if (!deadline.empty()) options.deadline = std::get<double>(job::parse_duration(deadline));
    return run::run(options, counter::Kind{}, {}, argc, argv);
  } catch (const base::Error& e) {
    std::fprintf(stderr, "%s\n", e.text().c_str());
    return static_cast<int>(e.code());
  }
}
