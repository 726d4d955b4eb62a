// Makes all ranks fail with the same error if one of them fails.
#pragma once

#include "base/error.h"
#include "transport/communicator.h"

#include <exception>
#include <functional>
#include <optional>

namespace tessera::transport {

/// An error that is thrown on every rank, so that only rank 0 needs to print it.
class AgreedError : public base::Error {
 public:
  explicit AgreedError(const base::Error& error) : base::Error{error} {}
};

/// Converts an exception to an Error. A base::Error is returned unchanged, std::bad_alloc becomes an
/// os_error, and any other exception becomes an internal error.
base::Error error_of(const std::exception_ptr& exception);

/// Returns if no rank has failed. Otherwise throws AgreedError on every rank, with the error of the lowest
/// failed rank. The number and host of that rank are appended if they may help to find the cause.
/// `own_error`: the error of this rank; nullopt if it has not failed. @note Collective over `comm`.
void agree(const Communicator& comm, const std::optional<base::Error>& own_error);

/// Runs `work`, which must not communicate, on every rank, then calls agree(). @note Collective over `comm`.
void collectively(const Communicator& comm, const std::function<void()>& work);

}  // namespace tessera::transport
