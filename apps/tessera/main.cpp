// The program: its commands, in the order in which the help shows them.
#include "commands.h"

int main(int argc, char** argv) {
  using namespace tessera::app;
  CommandLine line;
  add_run(line);
  add_launch(line);
  add_submit(line);
  add_status(line);
  add_doctor(line);
  add_check(line);
  add_plan(line);
  add_solvers(line);
  add_describe(line);
  add_digest(line);
  add_checkpoint(line);
  add_diff(line);
  return line.run(argc, argv);
}
