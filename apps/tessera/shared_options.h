// Options that several commands share.
#pragma once

#include "run/job_request.h"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tessera::app {

/// Adds the option --plugin-path.
void add_plugin_path_option(CLI::App& command, std::vector<std::string>& folders);

/// Adds the arguments for the job file and its overrides, and the option --plugin-path.
void add_job_arguments(CLI::App& command, run::JobRequest& job);

/// Adds the same as add_job_arguments(), but the job file may be left out to use the job of an existing run.
/// Call select_job() after parsing.
void add_optional_job_arguments(CLI::App& command, run::JobRequest& job);

/// Adds the option --accept-changed. `names` receives its values, which accepted_changes() parses.
void add_accept_option(CLI::App& command, std::vector<std::string>& names);
/// Throws base::Error (usage) if a name is unknown.
checkpoint::AcceptedChanges accepted_changes(const std::vector<std::string>& names);

/// Completes a job request whose job file may have been left out: a first argument that is an override, and
/// not a file, is moved to the overrides. Throws base::Error (usage) if there is no job file, and
/// `run_to_resume`, the directory or checkpoint of a run given by other options, is empty. `example`: a
/// correct command.
void select_job(run::JobRequest& job, const std::string& run_to_resume, const std::string& example);

/// Adds the options --deadline and --inject. `deadline` receives a text for parse_seconds().
void add_recovery_options(CLI::App& command, std::string& deadline, std::vector<std::string>& inject);

/// Parses a duration. Returns it in seconds, or 0 if `text` is empty. Throws base::Error (usage) if `text` is
/// not a duration above 0. `option`: name of the option, for the message.
double parse_seconds(const std::string& option, const std::string& text);

/// Throws base::Error (usage) if an argument of --inject does not describe a fault.
void check_faults(const std::vector<std::string>& inject);

}  // namespace tessera::app
