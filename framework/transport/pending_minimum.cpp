#include "transport/pending_minimum.h"

#include "base/contract.h"
#include "transport/native.h"

namespace tessera::transport {

struct PendingMinimum::State {
  MPI_Comm comm = MPI_COMM_NULL;
  MPI_Request request = MPI_REQUEST_NULL;
  std::int64_t own = 0;
  std::int64_t smallest = 0;
  bool started = false;
};

PendingMinimum::PendingMinimum(const Communicator& comm) : state_{std::make_unique<State>()} {
  state_->comm = comm.native().handle;
}
PendingMinimum::~PendingMinimum() = default;

bool PendingMinimum::started() const { return state_->started; }

void PendingMinimum::start(std::int64_t value) {
  State& s = *state_;
  base::expects(!s.started, "start() follows finish()");
  s.own = value;
  s.started = true;
  check(MPI_Iallreduce(&s.own, &s.smallest, 1, MPI_INT64_T, MPI_MIN, s.comm, &s.request), "MPI_Iallreduce");
}

bool PendingMinimum::arrived() {
  State& s = *state_;
  base::expects(s.started, "arrived() follows start()");
  int there = 0;
  check(MPI_Test(&s.request, &there, MPI_STATUS_IGNORE), "MPI_Test");
  return there != 0;  // the request is null then, and finish() returns at once
}

std::int64_t PendingMinimum::finish() {
  State& s = *state_;
  base::expects(s.started, "finish() follows start()");
  check(MPI_Wait(&s.request, MPI_STATUS_IGNORE), "MPI_Wait");
  s.started = false;
  return s.smallest;
}

}  // namespace tessera::transport
