// Output to the terminal: colours, width, error messages.
#pragma once

#include "run/options.h"

#include <string>

namespace tessera::app {

enum class ColourChoice { automatic, always, never };

using Console = run::Terminal;

/// What is known of the terminal. `NO_COLOR` and TERM=dumb turn colours off unless they were asked for.
Console detect_console(ColourChoice choice);

/// Whether this process is rank 0 of those that mpirun started, or runs without mpirun.
bool is_first_process();

using run::print_error;

}  // namespace tessera::app
