// Options that several commands share.
#pragma once

#include "run/job_request.h"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tessera::app {

/// Adds --plugin-path.
void add_plugin_path(CLI::App& command, std::vector<std::string>& folders);

/// Adds the job file, its overrides, and --plugin-path.
void add_job(CLI::App& command, run::JobRequest& job);

/// Adds --deadline and --inject. `deadline` receives the text as given; see seconds_of().
void add_recovery(CLI::App& command, std::string& deadline, std::vector<std::string>& inject);

/// Parses the duration given to `option`. Returns seconds; 0 if `text` is empty. Throws base::Error (usage).
double seconds_of(const std::string& option, const std::string& text);

/// Throws base::Error (usage) if a fault given to --inject is not valid.
void check_faults(const std::vector<std::string>& inject);

}  // namespace tessera::app
