#include "commands.h"
#include "shared_options.h"

#include "base/error.h"
#include "grid/solver/solver.h"
#include "plugin/library.h"

#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

int solvers(const std::vector<std::string>& plugin_folders, bool json) {
  const auto path = plugin::SearchPath::standard(plugin_folders);
  nlohmann::json list = nlohmann::json::array();
  for (const plugin::Found& found : plugin::list_libraries(path)) {
    try {
      const solver::Solver solver{found.file};
      const solver::SolverSchema& s = solver.schema();
      if (json) {
        list.push_back(
            {{"name", found.name}, {"version", s.version}, {"summary", s.summary}, {"file", found.file}});
      } else {
        fmt::print("{:<18} {:<8} {}\n", found.name, s.version, s.summary);
      }
    } catch (const base::Error& e) {
      if (json) {
        list.push_back({{"name", found.name}, {"file", found.file}, {"error", e.text()}});
      } else {
        fmt::print("{:<18} {:<8} cannot be loaded: {}\n", found.name, "-", e.text());
      }
    }
  }
  if (json) std::puts(list.dump(2).c_str());
  return 0;
}

struct Options {
  std::vector<std::string> plugin_folders;
  bool json = false;
};

}  // namespace

void add_solvers(CommandLine& line) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = line.add("solvers", "list the solvers that can be found", [options](const Invocation&) {
    return solvers(options->plugin_folders, options->json);
  });
  add_plugin_path(command, options->plugin_folders);
  command.add_flag("--json", options->json, "print JSON");
}

}  // namespace tessera::app
