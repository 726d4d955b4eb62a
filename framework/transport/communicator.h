// A group of ranks, and collective operations for code that is not performance-critical.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tessera::transport {

/// Owns an MPI communicator; can be moved but not copied. The destructor frees it without communication, and
/// must run before the Environment is destroyed.
///
/// All ranks of the communicator must call its collective functions in the same order. If MPI reports an
/// error, broadcast() and gather() of strings throw boost::mpi::exception, and all other functions throw
/// base::Error (internal).
class Communicator {
 public:
  struct Native;

  explicit Communicator(std::unique_ptr<Native> native);
  Communicator(Communicator&&) noexcept;
  Communicator& operator=(Communicator&&) noexcept;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  ~Communicator();

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_root() const { return rank_ == 0; }

  /// Returns a communicator of the same ranks with its own communication context. @note Collective.
  Communicator duplicate() const;

  /// Returns a communicator of the ranks on this rank's node. @note Collective.
  Communicator node() const;

  /// For each rank, the lowest rank on the same node; returned on every rank. @note Collective.
  std::vector<int> node_leaders() const;

  /// @note Collective.
  void barrier() const;

  /// Elementwise sum over all ranks, in place. @note Collective.
  void allreduce_sum(std::span<std::int64_t> values) const;
  void allreduce_sum(std::span<std::uint64_t> values) const;
  void allreduce_sum(std::span<double> values) const;
  /// Elementwise minimum or maximum over all ranks, in place. @note Collective.
  void allreduce_min(std::span<std::int64_t> values) const;
  void allreduce_max(std::span<std::int64_t> values) const;
  void allreduce_min(std::span<double> values) const;
  void allreduce_max(std::span<double> values) const;

  /// Returns the sum of `value` over all lower ranks; 0 on rank 0. @note Collective.
  double exclusive_prefix_sum(double value) const;

  /// Returns the values of all ranks, in rank order, on every rank. @note Collective.
  std::vector<double> allgather(double value) const;

  /// Broadcasts `text` from rank `root` to all other ranks. @note Collective.
  void broadcast(std::string& text, int root = 0) const;

  /// Returns the strings of all ranks, in rank order, on rank 0, and an empty vector on other ranks.
  /// @note Collective.
  std::vector<std::string> gather(const std::string& text) const;

  /// Returns the values of all ranks, concatenated in rank order, on rank 0, and an empty vector on other
  /// ranks. The number of values may differ between ranks. @note Collective.
  std::vector<double> gather(std::span<const double> values) const;
  std::vector<std::int64_t> gather(std::span<const std::int64_t> values) const;

  /// Aborts all ranks with `exit_code`. Use it only for errors on which the ranks cannot agree.
  [[noreturn]] void abort(int exit_code) const;

  const Native& native() const { return *native_; }

 private:
  std::unique_ptr<Native> native_;
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace tessera::transport
