#include "run/run.h"

#include "run/session.h"

#include "base/error.h"
#include "base/print.h"
#include "host/progress_board.h"
#include "transport/agreement.h"
#include "transport/environment.h"

#include <cstdio>
#include <cstdlib>
#include <exception>

#include <fmt/format.h>

namespace tessera::run {

namespace {

/// Throws transport::AgreedError if the launcher belongs to a different MPI library, because each process
/// would then run the whole job.
void check_launcher(const transport::Communicator& comm) {
  const auto foreign = transport::foreign_launcher(comm.size());
  if (!foreign) return;
  throw transport::AgreedError{
      base::Error{base::ExitCode::unavailable,
                  fmt::format("{} processes were started by {}, but each is the only rank of a separate MPI "
                              "job: this tessera is built with {}",
                              foreign->processes, foreign->name, transport::Environment::library()),
                  "start it with the mpirun of that MPI, or rebuild Tessera with the MPI of this launcher"}};
}

}  // namespace

void print_error(const Terminal& terminal, const std::string& text) {
  std::string shown = text;
  constexpr const char* prefix = "error:";
  if (terminal.colour_error && shown.starts_with(prefix)) shown.replace(0, 6, "\x1b[1;31merror:\x1b[0m");
  std::fprintf(stderr, "%s\n", shown.c_str());
}

int run(const Options& options, const work::Kind& kind, const Terminal& terminal, int& argc, char**& argv) {
  transport::Environment mpi{argc, argv};
  const transport::Communicator comm = mpi.world();
  const char* board_path = std::getenv("TESSERA_BOARD");
  const host::BoardSlot board{board_path == nullptr ? "" : board_path, comm.rank()};
  if (comm.is_root() && !board.problem().empty()) {
    base::print(stderr,
                "warning: TESSERA_BOARD is ignored: {}\n  = only `tessera launch` sets this variable\n",
                board.problem());
  }
  board.publish(host::BoardPhase::start);
  try {
    check_launcher(comm);
    Session session{comm, kind, options, terminal, board};
    const base::ExitCode code = session.run();
    board.publish(host::BoardPhase::finished);
    return static_cast<int>(code);
  } catch (const transport::AgreedError& e) {
    board.publish(host::BoardPhase::finished);
    if (comm.is_root()) print_error(terminal, e.text());
    if (e.code() == base::ExitCode::io_error) {
      comm.barrier();  // so that rank 0 has printed before any rank ends
      transport::exit_without_finalize(static_cast<int>(e.code()));
    }
    return static_cast<int>(e.code());
  } catch (...) {
    // The ranks cannot agree on this error, and the others may wait forever for messages from this rank.
    const base::Error e = transport::error_of(std::current_exception());
    print_error(terminal, e.text());
    if (comm.size() > 1) comm.abort(static_cast<int>(e.code()));
    return static_cast<int>(e.code());
  }
}

}  // namespace tessera::run
