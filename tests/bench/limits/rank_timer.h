// Times work that all ranks do simultaneously.
#pragma once

#include <mpi.h>

#include <algorithm>
#include <limits>

namespace limits {

/// Times work on all ranks of MPI_COMM_WORLD. Every function except rank() and size() is collective and must
/// be called with the same arguments on all ranks.
class RankTimer {
 public:
  /// `min_seconds`: minimum duration of a measurement in seconds. `rounds`: number of measurements, of which
  /// the shortest counts.
  RankTimer(double min_seconds, int rounds) : min_seconds_{min_seconds}, rounds_{rounds} {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }

  int rank() const { return rank_; }
  int size() const { return size_; }

  /// Returns the largest number of ranks on a node.
  int max_ranks_per_node() const {
    MPI_Comm node = MPI_COMM_NULL;
    int count = 0;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    MPI_Comm_size(node, &count);
    MPI_Comm_free(&node);
    MPI_Allreduce(MPI_IN_PLACE, &count, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    return count;
  }

  /// Returns the time in seconds that the slowest rank needs for work(repeats), which all ranks start
  /// together.
  template <class Work>
  double seconds(int repeats, Work work) const {
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = MPI_Wtime();
    work(repeats);
    double seconds = MPI_Wtime() - start;
    MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    return seconds;
  }

  /// Returns the time in seconds for one repeat of `work`: the shortest of several measurements, each with
  /// enough repeats to be timed reliably.
  template <class Work>
  double best_seconds(Work work) const {
    int repeats = 1;
    while (seconds(repeats, work) < min_seconds_ && repeats < std::numeric_limits<int>::max() / 2)
      repeats *= 2;
    double shortest = std::numeric_limits<double>::infinity();
    for (int round = 0; round < rounds_; ++round) {
      shortest = std::min(shortest, seconds(repeats, work) / repeats);
    }
    return shortest;
  }

 private:
  double min_seconds_;
  int rounds_;
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace limits
