// The program: its commands, in the order in which the help shows them.
#include "command_line.h"

int main(int argc, char** argv) {
  using namespace tessera::app;
  CommandLine line;
  for (const auto add : {add_run, add_launch, add_submit, add_status, add_doctor, add_check, add_plan,
                         add_solvers, add_describe, add_new, add_digest, add_checkpoint, add_diff}) {
    add(line);
  }
  return line.run(argc, argv);
}
