// The commands of the program, one source file each.
#pragma once

#include "command_line.h"

namespace tessera::app {

/// Each adds one command with its options to the command line. None of the commands but run uses MPI.
void add_run(CommandLine& line);
void add_launch(CommandLine& line);
void add_submit(CommandLine& line);
void add_status(CommandLine& line);
void add_doctor(CommandLine& line);
void add_check(CommandLine& line);
void add_plan(CommandLine& line);
void add_solvers(CommandLine& line);
void add_describe(CommandLine& line);
void add_digest(CommandLine& line);
void add_checkpoint(CommandLine& line);
void add_diff(CommandLine& line);

}  // namespace tessera::app
