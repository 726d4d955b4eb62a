#include "transport/agreement.h"

#include "transport/environment.h"

#include <limits>
#include <new>

namespace tessera::transport {

base::Error error_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const base::Error& e) {
    return e;
  } catch (const std::bad_alloc&) {
    return {base::ExitCode::os_error, "out of memory",
            "use more nodes, fewer ranks per node, or fewer cells"};
  } catch (const std::exception& e) {
    return {base::ExitCode::internal, std::string("Tessera failed: ") + e.what(),
            "please report this as a bug"};
  } catch (...) {
    return {base::ExitCode::internal, "Tessera failed for an unknown reason", "please report this as a bug"};
  }
}

void agree(const Communicator& comm, const std::optional<base::Error>& own) {
  std::int64_t failed_rank = own ? comm.rank() : std::numeric_limits<std::int64_t>::max();
  comm.allreduce_min(std::span<std::int64_t>{&failed_rank, 1});
  if (failed_rank == std::numeric_limits<std::int64_t>::max()) return;
  if (comm.size() == 1) throw AgreedError{*own};
  const int rank = static_cast<int>(failed_rank);
  std::string text;
  std::string code;
  if (comm.rank() == rank) {
    text = own->text();
    // The place helps with faults of a machine or a solver; a bad job is bad on every rank.
    const bool local = own->code() == base::ExitCode::internal || own->code() == base::ExitCode::os_error ||
                       own->code() == base::ExitCode::io_error || rank != 0;
    if (local) {
      text += "\n  = on rank " + std::to_string(rank) + " of " + std::to_string(comm.size()) + ", host " +
              Environment::host();
    }
    code = std::to_string(static_cast<int>(own->code()));
  }
  comm.broadcast(text, rank);
  comm.broadcast(code, rank);
  throw AgreedError{base::Error::report(static_cast<base::ExitCode>(std::stoi(code)), text)};
}

void collectively(const Communicator& comm, const std::function<void()>& work) {
  std::optional<base::Error> own;
  try {
    work();
  } catch (...) {
    own = error_of(std::current_exception());
  }
  agree(comm, own);
}

}  // namespace tessera::transport
