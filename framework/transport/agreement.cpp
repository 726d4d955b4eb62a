#include "transport/agreement.h"

#include "transport/environment.h"

#include <filesystem>
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
  } catch (const std::filesystem::filesystem_error& e) {
    return {base::ExitCode::io_error, "cannot access `" + e.path1().string() + "`: " + e.code().message()};
  } catch (const std::exception& e) {
    return {base::ExitCode::internal, std::string("Tessera failed: ") + e.what(),
            "please report this as a bug"};
  } catch (...) {
    return {base::ExitCode::internal, "Tessera failed for an unknown reason", "please report this as a bug"};
  }
}

void agree(const Communicator& comm, const std::optional<base::Error>& own_error) {
  std::int64_t failed_rank = own_error ? comm.rank() : std::numeric_limits<std::int64_t>::max();
  comm.allreduce_min(std::span<std::int64_t>{&failed_rank, 1});
  if (failed_rank == std::numeric_limits<std::int64_t>::max()) return;
  if (comm.size() == 1) throw AgreedError{*own_error};
  const int rank = static_cast<int>(failed_rank);
  std::string text;
  std::string code;
  if (comm.rank() == rank) {
    text = own_error->text();
    // The rank and the host help if the cause is in a machine or a solver, but not if the job fails on every
    // rank.
    const bool add_rank = own_error->code() == base::ExitCode::internal ||
                          own_error->code() == base::ExitCode::os_error ||
                          own_error->code() == base::ExitCode::io_error || rank != 0;
    if (add_rank) {
      text += "\n  = on rank " + std::to_string(rank) + " of " + std::to_string(comm.size()) + ", host " +
              Environment::host();
    }
    code = std::to_string(static_cast<int>(own_error->code()));
  }
  comm.broadcast(text, rank);
  comm.broadcast(code, rank);
  throw AgreedError{base::Error::with_text(static_cast<base::ExitCode>(std::stoi(code)), text)};
}

void collectively(const Communicator& comm, const std::function<void()>& work) {
  std::optional<base::Error> own_error;
  try {
    work();
  } catch (...) {
    own_error = error_of(std::current_exception());
  }
  agree(comm, own_error);
}

}  // namespace tessera::transport
