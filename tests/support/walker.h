// Advances a job with the stepper alone, in time tiles and boxes that a run would seldom choose.
#pragma once

#include "grid/loop/stepper.h"
#include "transport/communicator.h"

#include <random>
#include <string>
#include <vector>

/// The state after the last step.
struct FinishedWalk {
  std::string digest;  ///< digest of the state, 16 hexadecimal digits
  /// On rank 0: all components of each field, [field][component][cell], x fastest.
  std::vector<std::vector<std::vector<double>>> components;
};

/// Sets the initial state of the job in `toml`, computes the steps `steps` in time tiles of random lengths
/// (at most that chosen for the job) and boxes of `planes` planes, and then computes the derived fields.
/// Unlike in a run, only pairs of ranks may share memory, as if each node had two ranks; `random` decides.
/// The job and the state of `random` must be the same on all ranks. Throws base::Error if the job is invalid
/// or the solver fails. @note Collective.
FinishedWalk walk_job(const tessera::transport::Communicator& comm, const std::string& toml,
                      const std::vector<std::string>& overrides,
                      const std::vector<tessera::loop::StepTime>& steps, int planes, std::mt19937& random);
