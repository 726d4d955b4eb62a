// All ranks, measuring at once.
#pragma once

#include <mpi.h>

#include <algorithm>
#include <limits>

namespace limits {

/// The ranks of MPI_COMM_WORLD. Every function is collective, with the same arguments on all ranks.
class Crew {
 public:
  /// `patience`: the least time of one measurement, seconds; `rounds`: how many the best is taken of.
  Crew(double patience, int rounds) : patience_{patience}, rounds_{rounds} {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }

  int rank() const { return rank_; }
  int size() const { return size_; }

  /// How many ranks run on this node, the most over all nodes.
  int ranks_of_node() const {
    MPI_Comm node = MPI_COMM_NULL;
    int count = 0;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    MPI_Comm_size(node, &count);
    MPI_Comm_free(&node);
    MPI_Allreduce(MPI_IN_PLACE, &count, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    return count;
  }

  /// Seconds that the slowest rank needs for work(repeats), all starting together.
  template <class Work>
  double seconds(int repeats, Work work) const {
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = MPI_Wtime();
    work(repeats);
    double seconds = MPI_Wtime() - start;
    MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    return seconds;
  }

  /// The same for one repeat: the best of several rounds, each of so many repeats that it takes long enough
  /// to be timed.
  template <class Work>
  double best(Work work) const {
    int repeats = 1;
    while (seconds(repeats, work) < patience_ && repeats < std::numeric_limits<int>::max() / 2) repeats *= 2;
    double least = std::numeric_limits<double>::infinity();
    for (int round = 0; round < rounds_; ++round) least = std::min(least, seconds(repeats, work) / repeats);
    return least;
  }

 private:
  double patience_;
  int rounds_;
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace limits
