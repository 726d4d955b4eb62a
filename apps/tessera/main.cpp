// The main program. The help lists the commands in the order given here.
#include "command_line.h"

#include "host/crash_report.h"

#include <tessera/instruction_sets.h>

#include <csignal>

/// Read by start_check.cpp, before main() and before any object is constructed.
extern "C" {
extern const char* const tessera_program_instruction_sets;
constinit const char* const tessera_program_instruction_sets = tessera_needed_instruction_sets.sets;
}

int main(int argc, char** argv) {
  using namespace tessera::app;
  reserve_standard_streams();
  // A limit on file sizes (ulimit -f) is then an error of write(), like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  tessera::host::CrashReport::watch_exit();
  CommandLine command_line;
  for (const auto add :
       {add_run, add_launch, add_submit, add_status, add_doctor, add_check, add_plan, add_solvers,
        add_describe, add_new, add_test, add_digest, add_checkpoint, add_diff, add_verify}) {
    add(command_line);
  }
  return command_line.run(argc, argv);
}
