#include "checkpoint/writer.h"

#include "base/checkpoint_names.h"
#include "base/error.h"
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

int part_of(int rank, int ranks) {
  const int parts = std::min(ranks, most_parts);
  return static_cast<int>(static_cast<std::int64_t>(rank) * parts / ranks);
}

}  // namespace

Writer::Writer(const transport::Communicator& comm, Options options, const base::FailPoints& faults)
    : comm_{&comm},
      own_comm_{comm.duplicate()},
      all_done_{own_comm_},
      options_{std::move(options)},
      store_{options_.run_directory},
      faults_{&faults} {}

void Writer::begin(Manifest head, const field::FieldStore& store, const partition::Partition& partition,
                   const std::vector<int>& fields, const std::map<std::int64_t, double>& costs) {
  finish();
  watch_ = {};
  manifest_ = std::move(head);
  const std::int64_t step = manifest_.state.step;
  faults_->reach("checkpoint.begin", step);
  thread_.reset();
  published_ = false;
  snapshot_.plan(store, partition, comm_->rank(), fields, costs);
  if (options_.compress) {
    snapshot_.fill(store, partition, fields);
    snapshot_.compress();
  }

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

  if (options_.compress) snapshot_.seal();
  const std::string folder = store_.temporary_path(step, manifest_.attempt);
  try {
    transport::collectively(own_comm_, [&] {
      if (comm_->root()) store_.begin(step, manifest_.attempt);
    });
    open_parts(folder);
  } catch (const transport::AgreedError&) {
    thread_.fail();
  }
  const bool opened = thread_.problem().empty();  // everywhere, or nowhere
  stage_ = Stage::writing;
  thread_.start([this, folder] { write_segment(folder); });
  if (opened) {
    // And the thread writes what is filled.
    if (!options_.compress) snapshot_.fill(store, partition, fields);
    complete_manifest(own_comm_.gather(encoded(snapshot_.segment())));
  }
  stopped_seconds_ = watch_.seconds();
}

/// On rank 0, from what each rank tells of its segment.
void Writer::complete_manifest(const std::vector<std::string>& segments) {
  if (!comm_->root()) return;
  manifest_.ranks = static_cast<std::uint32_t>(comm_->size());
  for (const std::string& s : segments) manifest_.segments.push_back(decoded_segment(s));
  manifest_.parts.assign(static_cast<std::size_t>(std::min(comm_->size(), most_parts)), 0);
  for (const Segment& s : manifest_.segments) {
    manifest_.parts[s.part] = std::max(manifest_.parts[s.part], s.offset + s.bytes);
  }
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
  const std::uint64_t offset = snapshot_.segment().offset;
  const std::string path = folder + "/" + part_name(snapshot_.segment().part);
  const std::span<const std::byte> bytes = snapshot_.bytes();
  DurableFile file{path, DurableFile::Open::existing, faults_, manifest_.state.step};
  for (std::size_t done = 0; done < bytes.size();) {
    const std::size_t filled = snapshot_.filled(done);
    file.write(bytes.subspan(done, filled - done), offset + done);
    done = filled;
  }
  file.sync();
  file.close();
  written_.emplace(path, DurableFile::Open::read);
}

/// In the thread: what is read back must be what was meant, block by block.
void Writer::verify_segment() {
  faults_->reach("checkpoint.verify", manifest_.state.step);
  std::vector<std::byte> block;
  const auto compare = [&](std::uint64_t offset, std::uint64_t bytes, std::uint64_t hash) {
    block.resize(bytes);
    written_->read(block, offset);
    if (hash_of(block) == hash) return;
    throw base::Error(base::ExitCode::io_error,
                      "`" + written_->path() + "` does not hold what was written to it");
  };
  for (const IndexRecord& r : snapshot_.blocks()) compare(r.offset, r.bytes, r.hash);
  const Segment& s = snapshot_.segment();
  compare(s.index_offset, s.blocks * index_record_bytes, s.index_hash);
  if (comm_->root()) {
    const std::string name = store_.final_name(manifest_.state.step, manifest_.attempt);
    static_cast<void>(read_manifest(store_.path() + "/" + name));  // throws unless its checksum is right
  }
}

/// On rank 0, in the thread, when all segments are on the disk.
void Writer::publish() {
  const std::int64_t step = manifest_.state.step;
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
}

/// The ranks have said whether their segments are written.
void Writer::after_writing(std::int64_t word) {
  if (word != WriteThread::all_well) {
    give_up(word, "could not write its part");
  } else if (comm_->root()) {
    stage_ = Stage::publishing;
    thread_.start([this] { publish(); });
  } else {
    stage_ = Stage::verifying;
    thread_.start([this] { verify_segment(); });
  }
}

/// On rank 0; the others go on as if it had succeeded, and hear of it when it is time to agree.
void Writer::after_publishing() {
  published_ = thread_.problem().empty();
  if (published_) report({});
  stage_ = Stage::verifying;
  thread_.start([this] { verify_segment(); });
}

/// The ranks have said whether they read back what they wrote, and rank 0 whether it has published it.
void Writer::after_verifying(std::int64_t word) {
  written_.reset();
  if (word != WriteThread::all_well) {
    give_up(word, "does not read back what it wrote");
  } else if (comm_->root()) {
    verified_.insert(store_.final_name(manifest_.state.step, manifest_.attempt));
    stage_ = Stage::pruning;
    thread_.start([this] {
      faults_->reach("checkpoint.prune", manifest_.state.step);
      store_.prune(options_.keep, [this](const Published& p) { return verified_.contains(p.name); });
    });
  } else {
    stage_ = Stage::idle;
  }
}

void Writer::give_up(std::int64_t word, const char* doing) {
  stage_ = Stage::idle;
  written_.reset();
  if (!comm_->root()) return;
  store_.drop(manifest_.state.step, manifest_.attempt);
  if (published_) {
    base::set_aside(options_.run_directory, store_.final_name(manifest_.state.step, manifest_.attempt));
  }
  report(thread_.problem().empty() ? WriteThread::text_of(word, doing) : thread_.problem());
}

/// A stage further, if its work is done or may be waited for; false when there is nothing more to do now.
bool Writer::advance(bool wait) {
  if (stage_ == Stage::idle || (!thread_.done() && !wait)) return false;
  thread_.wait();
  if (stage_ == Stage::publishing) {
    after_publishing();
    return true;
  }
  if (stage_ == Stage::pruning) {
    stage_ = Stage::idle;
    return false;
  }
  if (!all_done_.started()) all_done_.start(thread_.word(comm_->rank()));
  if (!wait && !all_done_.arrived()) return false;
  const std::int64_t word = all_done_.finish();
  if (stage_ == Stage::writing) {
    after_writing(word);
  } else {
    after_verifying(word);
  }
  return true;
}

/// On rank 0. `problem`: why there is no checkpoint; empty: there is one.
void Writer::report(const std::string& problem) {
  std::uint64_t bytes = 0;
  for (const std::uint64_t p : manifest_.parts) bytes += p;
  report_ = WriteReport{manifest_.state.step, bytes, watch_.seconds(), stopped_seconds_, problem};
  if (problem.empty()) usual_seconds_ = report_->seconds;
}

void Writer::poll() {
  while (advance(false)) continue;
}

void Writer::finish() {
  while (advance(true)) continue;
  own_comm_.barrier();
}

std::optional<WriteReport> Writer::take_report() { return std::exchange(report_, std::nullopt); }

}  // namespace tessera::checkpoint
