// The exchange of ghost rows between slabs.
#pragma once

#include "slab.h"

#include <mpi.h>

namespace hand_written {

/// Persistent requests that exchange the ghost rows of an array between neighbours in a periodic ring of
/// ranks. The rows that are sent are contiguous and include their ghost cells along x.
class GhostExchange {
 public:
  /// `memory`: `rows` owned rows of `stride` elements each, with kGhost ghost rows on each side.
  GhostExchange(double* memory, int rows, std::ptrdiff_t stride) {
    int rank = 0;
    int size = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const int below = (rank + size - 1) % size;
    const int above = (rank + 1) % size;
    const int count = static_cast<int>(kGhost * stride);
    double* owned = memory + kGhost * stride;
    double* top = memory + rows * stride;  // the last kGhost owned rows
    MPI_Recv_init(memory, count, MPI_DOUBLE, below, 0, MPI_COMM_WORLD, &requests_[0]);
    MPI_Recv_init(top + kGhost * stride, count, MPI_DOUBLE, above, 1, MPI_COMM_WORLD, &requests_[1]);
    MPI_Send_init(top, count, MPI_DOUBLE, above, 0, MPI_COMM_WORLD, &requests_[2]);
    MPI_Send_init(owned, count, MPI_DOUBLE, below, 1, MPI_COMM_WORLD, &requests_[3]);
  }
  GhostExchange(const GhostExchange&) = delete;
  GhostExchange& operator=(const GhostExchange&) = delete;
  ~GhostExchange() {
    for (MPI_Request& r : requests_) MPI_Request_free(&r);
  }

  void start() { MPI_Startall(4, requests_); }
  void wait() { MPI_Waitall(4, requests_, MPI_STATUSES_IGNORE); }

 private:
  MPI_Request requests_[4];
};

}  // namespace hand_written
