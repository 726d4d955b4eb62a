// What the larger commands take.
#pragma once

#include "console.h"
#include "doctor.h"
#include "submit.h"

#include <CLI/CLI.hpp>

namespace tessera::app {

void add_colour(CLI::App& command, ColourChoice& colour);
void add_plugin_path(CLI::App& command, std::vector<std::string>& folders);

/// Adds the command; `options` outlives the parsing.
CLI::App& add_submit(CLI::App& cli, SubmitOptions& options);
CLI::App& add_doctor(CLI::App& cli, DoctorOptions& options);

}  // namespace tessera::app
