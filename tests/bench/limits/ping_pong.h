// Messages to and fro between ranks 0 and 1.
#pragma once

#include "crew.h"

#include <vector>

namespace limits {

/// Seconds that one message of `bytes` takes from rank 0 to rank 1, or back; the best of several rounds.
/// All other ranks wait. Collective; there are two ranks at least.
inline double ping_pong(const Crew& crew, int bytes) {
  std::vector<char> message(static_cast<std::size_t>(bytes));
  const int rank = crew.rank();
  const double there_and_back = crew.best([&](int repeats) {
    for (int r = 0; r < repeats && rank < 2; ++r) {
      if (rank == 0) MPI_Send(message.data(), bytes, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
      MPI_Recv(message.data(), bytes, MPI_BYTE, 1 - rank, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      if (rank == 1) MPI_Send(message.data(), bytes, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
    }
  });
  return 0.5 * there_and_back;
}

}  // namespace limits
