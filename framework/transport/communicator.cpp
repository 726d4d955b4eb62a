#include "transport/communicator.h"

#include "base/error.h"
#include "transport/native.h"

#include <boost/mpi/collectives.hpp>
#include <boost/mpi/communicator.hpp>
#include <boost/serialization/string.hpp>

#include <cstdlib>
#include <limits>

namespace tessera::transport {

void check(int code, const char* function) {
  if (code == MPI_SUCCESS) return;
  std::string text(MPI_MAX_ERROR_STRING, '\0');
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  text.resize(static_cast<std::size_t>(length));
  throw base::Error(base::ExitCode::internal, std::string(function) + " failed: " + text,
                    "the MPI library or the network failed; the run cannot continue");
}

namespace {

boost::mpi::communicator boost_communicator(const Communicator::Native& native) {
  return {native.handle, boost::mpi::comm_attach};
}

int checked_count(std::size_t n) {
  if (n > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw base::Error(base::ExitCode::internal, "a collective operation has more than 2^31 - 1 values");
  }
  return static_cast<int>(n);
}

template <class T>
void allreduce_in_place(const Communicator::Native& native, std::span<T> values, MPI_Datatype type,
                        MPI_Op op) {
  check(MPI_Allreduce(MPI_IN_PLACE, values.data(), checked_count(values.size()), type, op, native.handle),
        "MPI_Allreduce");
}

template <class T>
std::vector<T> gather_values(const Communicator& comm, std::span<const T> values, MPI_Datatype type) {
  const MPI_Comm handle = comm.native().handle;
  const int own = checked_count(values.size());
  std::vector<int> counts(comm.is_root() ? static_cast<std::size_t>(comm.size()) : 0);
  check(MPI_Gather(&own, 1, MPI_INT, counts.data(), 1, MPI_INT, 0, handle), "MPI_Gather");
  std::vector<int> displacements(counts.size());
  std::size_t total = 0;
  for (std::size_t r = 0; r < counts.size(); ++r) {
    displacements[r] = checked_count(total);
    total += static_cast<std::size_t>(counts[r]);
  }
  checked_count(total);
  std::vector<T> all(total);
  check(
      MPI_Gatherv(values.data(), own, type, all.data(), counts.data(), displacements.data(), type, 0, handle),
      "MPI_Gatherv");
  return all;
}

}  // namespace

Communicator::Communicator(std::unique_ptr<Native> native) : native_{std::move(native)} {
  check(MPI_Comm_rank(native_->handle, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(native_->handle, &size_), "MPI_Comm_size");
  check(MPI_Comm_set_errhandler(native_->handle, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
}

Communicator::Communicator(Communicator&&) noexcept = default;
Communicator& Communicator::operator=(Communicator&& other) noexcept {
  std::swap(native_, other.native_);
  std::swap(rank_, other.rank_);
  std::swap(size_, other.size_);
  return *this;
}

Communicator::~Communicator() {
  // MPI_Comm_free is collective according to the standard, but local in practice if no messages are pending.
  // It must not be called after MPI_Finalize.
  if (!native_ || !native_->owned) return;
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (finalized == 0) MPI_Comm_free(&native_->handle);
}

Communicator Communicator::duplicate() const {
  auto copy = std::make_unique<Native>();
  check(MPI_Comm_dup(native_->handle, &copy->handle), "MPI_Comm_dup");
  copy->owned = true;
  return Communicator{std::move(copy)};
}

Communicator Communicator::node() const {
  auto on_node = std::make_unique<Native>();
  check(MPI_Comm_split_type(native_->handle, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &on_node->handle),
        "MPI_Comm_split_type");
  on_node->owned = true;
  return Communicator{std::move(on_node)};
}

std::vector<int> Communicator::node_leaders() const {
  std::int64_t leader = rank_;
  node().allreduce_min(std::span{&leader, 1});
  std::vector<int> leaders;
  for (const double n : allgather(static_cast<double>(leader))) leaders.push_back(static_cast<int>(n));
  return leaders;
}

void Communicator::barrier() const { check(MPI_Barrier(native_->handle), "MPI_Barrier"); }

void Communicator::allreduce_sum(std::span<std::int64_t> v) const {
  allreduce_in_place(*native_, v, MPI_INT64_T, MPI_SUM);
}
void Communicator::allreduce_sum(std::span<std::uint64_t> v) const {
  allreduce_in_place(*native_, v, MPI_UINT64_T, MPI_SUM);
}
void Communicator::allreduce_sum(std::span<double> v) const {
  allreduce_in_place(*native_, v, MPI_DOUBLE, MPI_SUM);
}
void Communicator::allreduce_min(std::span<std::int64_t> v) const {
  allreduce_in_place(*native_, v, MPI_INT64_T, MPI_MIN);
}
void Communicator::allreduce_max(std::span<std::int64_t> v) const {
  allreduce_in_place(*native_, v, MPI_INT64_T, MPI_MAX);
}
void Communicator::allreduce_min(std::span<double> v) const {
  allreduce_in_place(*native_, v, MPI_DOUBLE, MPI_MIN);
}
void Communicator::allreduce_max(std::span<double> v) const {
  allreduce_in_place(*native_, v, MPI_DOUBLE, MPI_MAX);
}

double Communicator::exclusive_prefix_sum(double value) const {
  double sum_before = 0.0;
  check(MPI_Exscan(&value, &sum_before, 1, MPI_DOUBLE, MPI_SUM, native_->handle), "MPI_Exscan");
  return rank_ == 0 ? 0.0 : sum_before;  // MPI leaves rank 0's result undefined
}

std::vector<double> Communicator::allgather(double value) const {
  std::vector<double> all(static_cast<std::size_t>(size_));
  check(MPI_Allgather(&value, 1, MPI_DOUBLE, all.data(), 1, MPI_DOUBLE, native_->handle), "MPI_Allgather");
  return all;
}

void Communicator::broadcast(std::string& text, int root) const {
  boost::mpi::broadcast(boost_communicator(*native_), text, root);
}

std::vector<std::string> Communicator::gather(const std::string& text) const {
  std::vector<std::string> all;
  if (rank_ == 0) {
    boost::mpi::gather(boost_communicator(*native_), text, all, 0);
  } else {
    boost::mpi::gather(boost_communicator(*native_), text, 0);
  }
  return all;
}

std::vector<double> Communicator::gather(std::span<const double> values) const {
  return gather_values(*this, values, MPI_DOUBLE);
}

std::vector<std::int64_t> Communicator::gather(std::span<const std::int64_t> values) const {
  return gather_values(*this, values, MPI_INT64_T);
}

void Communicator::abort(int exit_code) const {
  MPI_Abort(native_->handle, exit_code);
  std::abort();
}

}  // namespace tessera::transport
