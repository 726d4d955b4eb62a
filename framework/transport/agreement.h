// One voice when some ranks fail.
#pragma once

#include "base/error.h"
#include "transport/communicator.h"

#include <exception>
#include <functional>
#include <optional>

namespace tessera::transport {

/// An error that all ranks know of and throw together; rank 0 prints it, nobody else needs to.
class AgreedError : public base::Error {
 public:
  explicit AgreedError(const base::Error& error) : base::Error{error} {}
};

/// The exception being handled, as an Error: an Error as it is, anything else as an internal one.
base::Error error_of(const std::exception_ptr& exception);

/// Returns when no rank has failed; else throws, on every rank, the error of the lowest rank that has,
/// with its rank and host added where they matter. @note Collective over `comm`.
void agree(const Communicator& comm, const std::optional<base::Error>& own);

/// Runs `work`, which must not communicate, on every rank, then agrees. @note Collective over `comm`.
void collectively(const Communicator& comm, const std::function<void()>& work);

}  // namespace tessera::transport
