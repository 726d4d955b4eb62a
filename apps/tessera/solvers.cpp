#include "command_line.h"
#include "shared_options.h"

#include "base/print.h"
#include "diagnosis/library_checks.h"
#include "grid/solver/solver.h"
#include "host/access.h"
#include "plugin/library.h"

#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

struct Options {
  std::vector<std::string> plugin_folders;
  bool json = false;
};

int solvers(Options& options, const Invocation&) {
  const plugin::SearchPath path = plugin::SearchPath::standard(options.plugin_folders);
  for (const std::string& folder : path.folders) {
    if (const std::string reason = host::why_unreadable(folder); !reason.empty())
      base::print(stderr, "warning: {}\n", reason);
  }
  const std::vector<plugin::SolverFile> files = plugin::list_libraries(path);
  const diagnosis::Checks checks = diagnosis::loading_checks(files);
  nlohmann::json list = nlohmann::json::array();
  for (std::size_t n = 0; n < files.size(); ++n) {
    const plugin::SolverFile& file = files[n];
    nlohmann::json entry{{"name", file.name}, {"file", file.file}, {"hidden_files", file.hidden_files}};
    std::string version = "-";
    std::string summary;
    if (checks[n].state == diagnosis::State::good) {
      const solver::Solver solver{file.file};
      version = solver.schema().version;
      summary = solver.schema().summary;
      entry["version"] = version;
      entry["summary"] = summary;
    } else {
      const std::string error = checks[n].found + "\n  = " + checks[n].advice;
      summary = "cannot be loaded: " + error;
      entry["error"] = error;
    }
    list.push_back(std::move(entry));
    if (options.json) continue;
    base::print("{:<18} {:<8} {}\n{:<27} {}\n", file.name, version, base::Lines{summary}, "", file.file);
    for (const std::string& hidden : file.hidden_files) base::print("{:<27} hides {}\n", "", hidden);
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
