// Options that several commands share.
#pragma once

#include "run/job_request.h"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tessera::app {

/// Adds the option --plugin-path.
void add_plugin_path(CLI::App& command, std::vector<std::string>& folders);

/// Adds the arguments for the job file and its overrides, and the option --plugin-path.
void add_job(CLI::App& command, run::JobRequest& job);

/// Adds the options --deadline and --inject. `deadline` receives the text, which seconds_of() parses.
void add_recovery(CLI::App& command, std::string& deadline, std::vector<std::string>& inject);

/// Parses a duration. Returns seconds; 0 if `text` is empty. Throws base::Error (usage), whose message names
/// `option`, if the text is not a duration above 0.
double seconds_of(const std::string& option, const std::string& text);

/// Throws base::Error (usage) if an argument of --inject does not describe a fault.
void check_faults(const std::vector<std::string>& inject);

}  // namespace tessera::app
