#include "checkpoint/writer.h"

#include "base/digest.h"
#include "base/error.h"
#include "rundir/checkpoint_names.h"
#include "transport/agreement.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace tessera::checkpoint {

namespace {

/// Maximum number of part files. Limits the load on the file system if there are many ranks.
constexpr int max_parts = 16;

int part_of(int rank, int ranks) {
  const int parts = std::min(ranks, max_parts);
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

void Writer::begin(const Header& header, const Contents& contents) {
  finish();
  watch_ = {};
  manifest_ = Manifest{header, 1, {}, {}};
  if (comm_->is_root()) {
    manifest_.sections.insert(manifest_.sections.end(), contents.sections.begin(), contents.sections.end());
  }
  const std::int64_t step = manifest_.step;
  faults_->reach("checkpoint.begin", step);
  thread_.reset();
  published_ = false;
  snapshot_.plan(contents);
  if (options_.compress) {
    snapshot_.fill(contents);
    snapshot_.compress();
  }

  // The segments of a part are stored in rank order.
  const int ranks = comm_->size();
  const int part = part_of(comm_->rank(), ranks);
  const auto bytes = static_cast<double>(snapshot_.bytes().size());
  const double bytes_before = comm_->exclusive_prefix_sum(bytes);
  std::array<double, max_parts> part_starts{};
  if (comm_->rank() == 0 || part_of(comm_->rank() - 1, ranks) != part)
    part_starts[static_cast<std::size_t>(part)] = bytes_before;
  own_comm_.allreduce_sum(part_starts);
  snapshot_.place_at(static_cast<std::uint32_t>(part),
                     static_cast<std::uint64_t>(bytes_before - part_starts[static_cast<std::size_t>(part)]));

  if (options_.compress) snapshot_.write_index();
  const std::string folder = store_.temporary_path(step, manifest_.attempt);
  try {
    transport::collectively(own_comm_, [&] {
      if (comm_->is_root()) store_.create_temporary_folder(step, manifest_.attempt);
    });
    open_parts(folder);
  } catch (const transport::AgreedError&) {
    thread_.record_failure();
  }
  const bool parts_opened = thread_.problem().empty();  // on all ranks or on none
  stage_ = Stage::writing;
  thread_.start([this, folder] { write_segment(folder); });
  if (parts_opened) {
    // The write thread writes pages as they are filled.
    if (!options_.compress) snapshot_.fill(contents);
    complete_manifest(own_comm_.gather(encode(snapshot_.segment())));
  }
  blocked_seconds_ = watch_.seconds();
}

/// Adds the segments of all ranks to the manifest. Does nothing on ranks other than 0.
void Writer::complete_manifest(const std::vector<std::string>& segments) {
  if (!comm_->is_root()) return;
  manifest_.ranks = static_cast<std::uint32_t>(comm_->size());
  for (const std::string& s : segments) manifest_.segments.push_back(decode_segment(s));
  manifest_.part_bytes.assign(static_cast<std::size_t>(std::min(comm_->size(), max_parts)), 0);
  for (const Segment& s : manifest_.segments) {
    manifest_.part_bytes[s.part] = std::max(manifest_.part_bytes[s.part], s.offset + s.bytes);
  }
}

/// Creates the part files, each on the first rank that writes to it. @note Collective.
void Writer::open_parts(const std::string& folder) {
  const int part = part_of(comm_->rank(), comm_->size());
  transport::collectively(own_comm_, [&] {
    if (comm_->rank() > 0 && part_of(comm_->rank() - 1, comm_->size()) == part) return;
    host::DurableFile file{folder + "/" + part_name(static_cast<std::uint32_t>(part)),
                           host::DurableFile::Open::create, faults_, manifest_.step};
    file.close();
  });
}

/// Writes this rank's segment. Called in the write thread.
void Writer::write_segment(const std::string& folder) {
  const std::uint64_t offset = snapshot_.segment().offset;
  const std::string path = folder + "/" + part_name(snapshot_.segment().part);
  const std::span<const std::byte> bytes = snapshot_.bytes();
  host::DurableFile file{path, host::DurableFile::Open::existing, faults_, manifest_.step};
  for (std::size_t done = 0; done < bytes.size();) {
    const std::size_t filled = snapshot_.wait_for_filled(done);
    file.write(bytes.subspan(done, filled - done), offset + done);
    done = filled;
  }
  file.sync();
  file.close();
  read_back_file_.emplace(path, host::DurableFile::Open::read);
}

/// Reads the segment back and verifies its checksums, block by block. Called in the write thread.
void Writer::verify_segment() {
  faults_->reach("checkpoint.verify", manifest_.step);
  std::vector<std::byte> block;
  const auto verify_range = [&](std::uint64_t offset, std::uint64_t bytes, std::uint64_t hash) {
    block.resize(bytes);
    read_back_file_->read(block, offset);
    if (base::hash_of(block) == hash) return;
    throw base::Error(base::ExitCode::io_error,
                      "`" + read_back_file_->path() + "` does not contain the data that was written to it");
  };
  for (const IndexRecord& r : snapshot_.index()) verify_range(r.offset, r.stored_bytes, r.hash);
  const Segment& s = snapshot_.segment();
  verify_range(s.index_offset, s.block_count * index_record_bytes, s.index_hash);
  if (comm_->is_root()) {
    const std::string name = rundir::checkpoint_name(manifest_.step, manifest_.attempt);
    static_cast<void>(read_manifest(store_.path() + "/" + name));  // throws if its checksum is wrong
  }
}

/// Writes the manifest and publishes the checkpoint, once all segments are on disk. Called on rank 0, in the
/// write thread.
void Writer::publish() {
  const std::int64_t step = manifest_.step;
  const std::string folder = store_.temporary_path(step, manifest_.attempt);
  const std::string bytes = manifest_.encode();
  faults_->reach("checkpoint.manifest", step);
  host::DurableFile file{folder + "/manifest", host::DurableFile::Open::create, faults_, step};
  file.write(std::as_bytes(std::span{bytes}), 0);
  faults_->reach("checkpoint.manifest_fsync", step);
  file.sync();
  file.close();
  if (options_.owns_run && !options_.owns_run()) {
    throw base::Error(base::ExitCode::io_error, "another run has taken over this run's directory");
  }
  faults_->reach("checkpoint.rename", step);
  store_.publish(step, manifest_.attempt);
  faults_->reach("checkpoint.published", step);
}

/// Called once all ranks have reported whether they wrote their segments.
void Writer::after_writing(std::int64_t status) {
  if (status != WriteThread::success) {
    give_up(status, "could not write its part");
  } else if (comm_->is_root()) {
    stage_ = Stage::publishing;
    thread_.start([this] { publish(); });
  } else {
    stage_ = Stage::verifying;
    thread_.start([this] { verify_segment(); });
  }
}

/// Called on rank 0. The other ranks assume success. A failure reaches them with the
/// reduction after verification.
void Writer::after_publishing() {
  published_ = thread_.problem().empty();
  if (published_) set_report({});
  stage_ = Stage::verifying;
  thread_.start([this] { verify_segment(); });
}

/// Called once all ranks have reported whether they verified their segments; rank 0 also reports whether it
/// published.
void Writer::after_verifying(std::int64_t status) {
  read_back_file_.reset();
  if (status != WriteThread::success) {
    give_up(status, "could not verify its part");
  } else if (comm_->is_root()) {
    verified_names_.insert(rundir::checkpoint_name(manifest_.step, manifest_.attempt));
    stage_ = Stage::pruning;
    thread_.start([this] {
      faults_->reach("checkpoint.prune", manifest_.step);
      // What cannot be removed is listed by `tessera checkpoint ls`, and does not affect the run.
      static_cast<void>(store_.prune(
          options_.keep, [this](const PublishedCheckpoint& p) { return verified_names_.contains(p.name); }));
    });
  } else {
    stage_ = Stage::idle;
  }
}

/// Ends the checkpoint after a failure on any rank: removes it, or sets it aside if it has been published.
void Writer::give_up(std::int64_t status, const char* failure) {
  stage_ = Stage::idle;
  read_back_file_.reset();
  if (!comm_->is_root()) return;
  store_.drop(manifest_.step, manifest_.attempt);
  if (published_) {
    rundir::set_aside(options_.run_directory, rundir::checkpoint_name(manifest_.step, manifest_.attempt));
  }
  set_report(thread_.problem().empty() ? WriteThread::describe(status, failure) : thread_.problem());
}

/// Enters the next stage if the current stage is done. If `wait` is true, first waits until it is done.
/// Returns whether to call again.
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
  if (!all_done_.in_progress()) all_done_.start(thread_.status(comm_->rank()));
  if (!wait && !all_done_.is_complete()) return false;
  const std::int64_t status = all_done_.finish();
  if (stage_ == Stage::writing) {
    after_writing(status);
  } else {
    after_verifying(status);
  }
  return true;
}

/// Sets the report that take_report() returns. Called on rank 0. `problem`: why there is no checkpoint; empty
/// if there is one.
void Writer::set_report(const std::string& problem) {
  std::uint64_t bytes = 0;
  for (const std::uint64_t p : manifest_.part_bytes) bytes += p;
  report_ = WriteReport{manifest_.step,   bytes,   watch_.seconds(),
                        blocked_seconds_, problem, thread_.foreground_reason()};
  if (problem.empty()) last_write_seconds_ = report_->seconds;
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
