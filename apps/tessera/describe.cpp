#include "commands.h"
#include "schema_text.h"
#include "shared_options.h"

#include "plugin/library.h"

#include <cstdio>
#include <memory>

namespace tessera::app {

namespace {

struct Options {
  std::string solver;
  std::vector<std::string> plugin_folders;
  bool json = false;
};

int describe(const Options& options) {
  const auto path = plugin::SearchPath::standard(options.plugin_folders);
  const solver::Solver solver{plugin::find_library(options.solver, ".", path)};
  if (options.json) {
    std::puts(schema_json(solver).dump(2).c_str());
  } else {
    print_schema(solver.schema());
  }
  return 0;
}

}  // namespace

void add_describe(CommandLine& line) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = line.add("describe", "show the parameters, fields and diagnostics of a solver",
                               [options](const Invocation&) { return describe(*options); });
  command.add_option("solver", options->solver, "name or path of a solver")->required();
  add_plugin_path(command, options->plugin_folders);
  command.add_flag("--json", options->json, "print JSON");
}

}  // namespace tessera::app
