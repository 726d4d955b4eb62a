#include "transport/pending_minimum.h"

#include "base/contract.h"
#include "transport/native.h"

namespace tessera::transport {

struct PendingMinimum::State {
  MPI_Comm comm = MPI_COMM_NULL;
  MPI_Request request = MPI_REQUEST_NULL;
  std::int64_t own = 0;
  std::int64_t result = 0;
  bool started = false;
};

PendingMinimum::PendingMinimum(const Communicator& comm) : state_{std::make_unique<State>()} {
  state_->comm = comm.native().handle;
}
PendingMinimum::~PendingMinimum() = default;

bool PendingMinimum::in_progress() const { return state_->started; }

void PendingMinimum::start(std::int64_t value) {
  State& s = *state_;
  base::expects(!s.started, "start(): no reduction is in progress");
  s.own = value;
  s.started = true;
  check(MPI_Iallreduce(&s.own, &s.result, 1, MPI_INT64_T, MPI_MIN, s.comm, &s.request), "MPI_Iallreduce");
}

bool PendingMinimum::is_complete() {
  State& s = *state_;
  base::expects(s.started, "is_complete(): a reduction is in progress");
  int complete = 0;
  check(MPI_Test(&s.request, &complete, MPI_STATUS_IGNORE), "MPI_Test");
  return complete != 0;  // if it is, MPI_Test has reset the request, so finish() returns immediately
}

std::int64_t PendingMinimum::finish() {
  State& s = *state_;
  base::expects(s.started, "finish(): a reduction is in progress");
  check(MPI_Wait(&s.request, MPI_STATUS_IGNORE), "MPI_Wait");
  s.started = false;
  return s.result;
}

}  // namespace tessera::transport
