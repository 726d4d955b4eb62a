// The ping-pong test between ranks 0 and 1.
#pragma once

#include "rank_timer.h"

#include <vector>

namespace limits {

/// Returns the time in seconds that a message of `bytes` bytes takes between ranks 0 and 1 in one direction:
/// half the shortest round-trip time of several measurements. The other ranks wait. Collective; requires at
/// least two ranks.
inline double one_way_seconds(const RankTimer& timer, int bytes) {
  std::vector<char> message(static_cast<std::size_t>(bytes));
  const int rank = timer.rank();
  const double round_trip = timer.best_seconds([&](int repeats) {
    for (int r = 0; r < repeats && rank < 2; ++r) {
      if (rank == 0) MPI_Send(message.data(), bytes, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
      MPI_Recv(message.data(), bytes, MPI_BYTE, 1 - rank, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      if (rank == 1) MPI_Send(message.data(), bytes, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
    }
  });
  return 0.5 * round_trip;
}

}  // namespace limits
