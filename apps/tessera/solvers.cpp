#include "command_line.h"
#include "shared_options.h"

#include "base/error.h"
#include "base/print.h"
#include "grid/solver/solver.h"
#include "plugin/library.h"

#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

struct Options {
  std::vector<std::string> plugin_folders;
  bool json = false;
};

int solvers(Options& options, const Invocation&) {
  nlohmann::json list = nlohmann::json::array();
  for (const plugin::SolverFile& found :
       plugin::list_libraries(plugin::SearchPath::standard(options.plugin_folders))) {
    try {
      const solver::Solver solver{found.file};
      const solver::SolverSchema& s = solver.schema();
      list.push_back(
          {{"name", found.name}, {"version", s.version}, {"summary", s.summary}, {"file", found.file}});
      if (!options.json) base::print("{:<18} {:<8} {}\n", found.name, s.version, s.summary);
    } catch (const base::Error& e) {
      list.push_back({{"name", found.name}, {"file", found.file}, {"error", e.text()}});
      if (!options.json) base::print("{:<18} {:<8} cannot be loaded: {}\n", found.name, "-", e.text());
    }
  }
  if (options.json) print_json(list);
  return 0;
}

}  // namespace

void add_solvers(CommandLine& command_line) {
  const auto [command, options] = command_line.add("solvers", "list the solvers on the search path", solvers);
  add_plugin_path_option(command, options.plugin_folders);
  command.add_flag("--json", options.json, "print JSON");
}

}  // namespace tessera::app
