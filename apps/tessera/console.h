// Output to the terminal: colours, width, error messages, JSON.
#pragma once

#include "run/options.h"

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace tessera::app {

enum class ColourChoice { automatic, always, never };

using Console = run::Terminal;

/// Determines the properties of the terminal. If `choice` is automatic, NO_COLOR and TERM=dumb disable
/// colours.
Console detect_console(ColourChoice choice);

/// Opens standard streams that are closed, so that no file takes their place; writing to them fails.
void reserve_standard_streams();

/// Whether this process is rank 0 under mpirun, or runs without mpirun.
bool is_first_process();

/// Throws base::Error (usage) if this process runs under mpirun. `command`: name of the current command,
/// which starts mpirun itself.
void refuse_mpirun(const std::string& command);

using run::print_error;
/// Prints indented JSON on standard output.
void print_json(const nlohmann::json& json);

}  // namespace tessera::app
