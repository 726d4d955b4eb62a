// Advances a job with the stepper alone, in time tiles and boxes that a run would rarely choose.
#pragma once

#include "grid/loop/stepper.h"
#include "transport/communicator.h"

#include <random>
#include <string>
#include <vector>

/// The state after the last step.
struct StepperResult {
  std::string digest;  ///< digest of the state, 16 hexadecimal digits
  /// On rank 0: all components of each field, [field][component][cell], x fastest.
  std::vector<std::vector<std::vector<double>>> components;
};

/// Sets the initial state of the job in `toml`, performs the steps `steps` in boxes of `planes` planes and in
/// time tiles with random numbers of steps (at most the number chosen for the job), and computes the derived
/// fields. If the job requests shared memory, `random` decides whether all ranks share memory or, as if each
/// node had two ranks, only pairs of ranks. The job and the state of `random` must be the same on all ranks.
/// Throws base::Error if the job is invalid or the solver fails. @note Collective.
StepperResult run_stepper(const tessera::transport::Communicator& comm, const std::string& toml,
                          const std::vector<std::string>& overrides,
                          const std::vector<tessera::loop::StepTime>& steps, int planes,
                          std::mt19937& random);
