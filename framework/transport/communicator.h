// A group of ranks and the collective operations of the cold path.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tessera::transport {

/// Owns an MPI communicator. Moves, never copies; duplicate() is collective. The destructor frees the
/// communicator locally; it must run before the Environment ends.
///
/// Every collective function must be called by all ranks of the communicator in the same order. All
/// throw base::Error (internal) when MPI reports an error.
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
  bool root() const { return rank_ == 0; }

  /// A communicator over the same ranks with a message space of its own. @note Collective.
  Communicator duplicate() const;

  /// The ranks that share this rank's memory (one node). @note Collective.
  Communicator node() const;

  /// Which node each rank is on, as the smallest rank there; on every rank. @note Collective.
  std::vector<int> node_numbers() const;

  /// @note Collective.
  void barrier() const;

  /// Elementwise sum over all ranks, in place. @note Collective.
  void sum(std::span<std::int64_t> values) const;
  void sum(std::span<std::uint64_t> values) const;
  void sum(std::span<double> values) const;
  /// Elementwise smallest or largest over all ranks, in place. @note Collective.
  void smallest(std::span<std::int64_t> values) const;
  void largest(std::span<std::int64_t> values) const;
  void smallest(std::span<double> values) const;
  void largest(std::span<double> values) const;

  /// The sum over the ranks before this one; 0 on rank 0. @note Collective.
  double exclusive_prefix_sum(double value) const;

  /// The number of each rank, in rank order, on every rank. @note Collective.
  std::vector<double> all_gather(double value) const;

  /// The text that `root` holds, on every rank. @note Collective.
  void broadcast(std::string& text, int root = 0) const;

  /// The texts of all ranks in rank order, on rank 0; nothing elsewhere. @note Collective.
  std::vector<std::string> gather(const std::string& text) const;

  /// The concatenation of all ranks' numbers in rank order, on rank 0; nothing elsewhere.
  /// @note Collective.
  std::vector<double> gather(std::span<const double> values) const;
  std::vector<std::int64_t> gather(std::span<const std::int64_t> values) const;

  /// Ends all ranks at once with `exit_code`, when they can no longer agree. Does not return.
  [[noreturn]] void abort(int exit_code) const;

  const Native& native() const { return *native_; }

 private:
  std::unique_ptr<Native> native_;
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace tessera::transport
