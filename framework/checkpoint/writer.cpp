#include "checkpoint/writer.h"

#include "base/error.h"
#include "checkpoint/durable_file.h"
#include "checkpoint/record.h"
#include "transport/agreement.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <utility>

namespace tessera::checkpoint {

namespace {

/// Parts of a checkpoint: few enough for any file system, however many ranks there are.
constexpr int most_parts = 16;

constexpr std::int64_t all_well = std::int64_t{1} << 60;
constexpr std::int64_t most_errors = 4096;

int part_of(int rank, int ranks) {
  const int parts = std::min(ranks, most_parts);
  return static_cast<int>(static_cast<std::int64_t>(rank) * parts / ranks);
}

std::string text_of(const std::exception_ptr& problem) {
  std::string text = transport::error_of(problem).text();
  const std::string prefix = "error: ";
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

}  // namespace

Writer::Writer(const transport::Communicator& comm, Options options, const base::FailPoints& faults)
    : comm_{&comm},
      own_comm_{comm.duplicate()},
      all_done_{own_comm_},
      options_{std::move(options)},
      store_{options_.run_directory},
      faults_{&faults} {}

Writer::~Writer() {
  if (thread_.joinable()) thread_.join();
}

void Writer::begin(Manifest head, const field::FieldStore& store, const partition::Partition& partition,
                   const std::vector<int>& fields, const std::map<std::int64_t, double>& costs) {
  finish();
  watch_ = {};
  manifest_ = std::move(head);
  const std::int64_t step = manifest_.state.step;
  faults_->reach("checkpoint.begin", step);
  snapshot_.take(store, partition, comm_->rank(), fields, costs);

  // Segments of a part follow each other in the order of the ranks.
  const int ranks = comm_->size();
  const int part = part_of(comm_->rank(), ranks);
  const auto bytes = static_cast<double>(snapshot_.bytes().size());
  const double before = comm_->exclusive_prefix_sum(bytes);
  std::array<double, most_parts> starts{};
  if (comm_->rank() == 0 || part_of(comm_->rank() - 1, ranks) != part)
    starts[static_cast<std::size_t>(part)] = before;
  own_comm_.sum(starts);
  snapshot_.place_at(static_cast<std::uint32_t>(part),
                     static_cast<std::uint64_t>(before - starts[static_cast<std::size_t>(part)]));

  const std::vector<std::string> segments = own_comm_.gather(encoded(snapshot_.segment()));
  problem_.clear();
  system_error_ = 0;
  std::string folder = store_.temporary_path(step, manifest_.attempt);
  try {
    transport::collectively(own_comm_, [&] {
      if (!comm_->root()) return;
      manifest_.ranks = static_cast<std::uint32_t>(ranks);
      for (const std::string& s : segments) manifest_.segments.push_back(decoded_segment(s));
      manifest_.parts.assign(static_cast<std::size_t>(std::min(ranks, most_parts)), 0);
      for (const Segment& s : manifest_.segments) {
        manifest_.parts[s.part] = std::max(manifest_.parts[s.part], s.offset + s.bytes);
      }
      folder = store_.begin(step, manifest_.attempt);
    });
    open_parts(folder);
  } catch (const transport::AgreedError&) {
    problem_ = text_of(std::current_exception());
  }
  busy_ = true;
  segment_settled_ = false;
  publishing_ = false;
  thread_done_ = true;
  if (problem_.empty()) {
    thread_done_ = false;
    thread_ = std::thread{[this, folder] { write_segment(folder); }};
  }
  stopped_seconds_ = watch_.seconds();
}

/// The first rank of each part makes its file. @note Collective.
void Writer::open_parts(const std::string& folder) {
  const int part = part_of(comm_->rank(), comm_->size());
  transport::collectively(own_comm_, [&] {
    if (comm_->rank() > 0 && part_of(comm_->rank() - 1, comm_->size()) == part) return;
    DurableFile file{folder + "/" + part_name(static_cast<std::uint32_t>(part)), DurableFile::Open::create,
                     faults_, manifest_.state.step};
    file.close();
  });
}

/// In the thread.
void Writer::write_segment(const std::string& folder) {
  try {
    const Segment& s = snapshot_.segment();
    const std::int64_t step = manifest_.state.step;
    const std::string path = folder + "/" + part_name(s.part);
    DurableFile file{path, DurableFile::Open::existing, faults_, step};
    file.write(snapshot_.bytes(), s.offset);
    file.sync();
    file.close();
    // What is read back must be what was meant, block by block.
    const DurableFile again{path, DurableFile::Open::read};
    std::vector<std::byte> block;
    for (const IndexRecord& r : snapshot_.blocks()) {
      block.resize(r.bytes);
      again.read(block, r.offset);
      if (hash_of(block) != r.hash) {
        throw base::Error(base::ExitCode::io_error, "`" + path + "` does not hold what was written to it");
      }
    }
  } catch (const SystemError& e) {
    system_error_ = e.number();
    problem_ = text_of(std::current_exception());
  } catch (...) {
    problem_ = text_of(std::current_exception());
  }
  thread_done_ = true;
}

/// What a rank says of its segment; the smallest number of all ranks is heard. No rank may wait for another's
/// words while it owes that one its ghost cells, so a number must do: the rank, and its errno.
std::int64_t Writer::own_word() const {
  return problem_.empty() ? all_well : comm_->rank() * most_errors + system_error_;
}

/// On rank 0, in the thread, when all segments are on the disk.
void Writer::publish() {
  const std::int64_t step = manifest_.state.step;
  try {
    const std::string folder = store_.temporary_path(step, manifest_.attempt);
    const std::string bytes = manifest_.encoded();
    faults_->reach("checkpoint.manifest", step);
    DurableFile file{folder + "/manifest", DurableFile::Open::create, faults_, step};
    file.write(std::as_bytes(std::span{bytes}), 0);
    faults_->reach("checkpoint.manifest_fsync", step);
    file.sync();
    file.close();
    if (options_.still_ours && !options_.still_ours()) {
      throw base::Error(base::ExitCode::io_error, "another run has taken over this run's directory");
    }
    faults_->reach("checkpoint.rename", step);
    store_.publish(step, manifest_.attempt);
    faults_->reach("checkpoint.published", step);
    store_.prune(options_.keep);
  } catch (...) {
    problem_ = text_of(std::current_exception());
    store_.drop(step, manifest_.attempt);
  }
  thread_done_ = true;
}

/// The ranks have said whether their segments are written; on rank 0 publication begins.
void Writer::settle_segment() {
  const std::int64_t word = all_done_.finish();
  segment_settled_ = true;
  if (!comm_->root()) return;
  if (word == all_well) {
    publishing_ = true;
    thread_done_ = false;
    thread_ = std::thread{[this] { publish(); }};
  } else {
    store_.drop(manifest_.state.step, manifest_.attempt);
    const int number = static_cast<int>(word % most_errors);
    if (problem_.empty()) {
      problem_ = "rank " + std::to_string(word / most_errors) + " could not write its part" +
                 (number == 0 ? "" : std::string(": ") + std::strerror(number));
    }
  }
}

void Writer::poll() {
  if (!busy_ || !thread_done_) return;
  if (thread_.joinable()) thread_.join();
  if (!segment_settled_) {
    if (!all_done_.started()) all_done_.start(own_word());
    if (!all_done_.arrived()) return;
    settle_segment();
  }
  if (thread_done_) note_end();
}

/// This rank has nothing more to do for the checkpoint.
void Writer::note_end() {
  if (thread_.joinable()) thread_.join();
  busy_ = false;
  if (!comm_->root()) return;
  std::uint64_t bytes = 0;
  for (const std::uint64_t p : manifest_.parts) bytes += p;
  report_ = WriteReport{manifest_.state.step, bytes, watch_.seconds(), stopped_seconds_, problem_};
  usual_seconds_ = report_->seconds;
}

void Writer::finish() {
  if (busy_) {
    if (thread_.joinable()) thread_.join();
    if (!segment_settled_) {
      if (!all_done_.started()) all_done_.start(own_word());
      settle_segment();
    }
    if (thread_.joinable()) thread_.join();
    note_end();
  }
  own_comm_.barrier();
}

std::optional<WriteReport> Writer::take_report() { return std::exchange(report_, std::nullopt); }

}  // namespace tessera::checkpoint
