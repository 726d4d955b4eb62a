#include "checkpoint/local_writer.h"

#include "base/error.h"
#include "host/durable_file.h"
#include "transport/agreement.h"

#include <filesystem>
#include <utility>

namespace tessera::checkpoint {

LocalWriter::LocalWriter(const transport::Communicator& comm, const LocalStorage& storage,
                         const base::FailPoints& faults)
    : comm_{&comm},
      own_comm_{comm.duplicate()},
      all_done_{own_comm_},
      store_{storage.folder, storage.run},
      faults_{&faults},
      is_node_leader_{is_node_leader(comm.rank(), storage.nodes)} {
  const std::vector<int> all_partners = partners(storage.nodes);
  partner_ = all_partners[static_cast<std::size_t>(comm.rank())];
  for (const int rank : ranks_with_partner(comm.rank(), all_partners)) copies_.push_back({rank, {}, 0});
}

void LocalWriter::begin(const Header& header, const Contents& contents) {
  finish();
  watch_ = {};
  header_ = header;
  faults_->reach("local.begin", header_.step);
  thread_.reset();
  messages_.reset();
  bytes_ = 0;
  blocked_seconds_ = 0.0;
  // Start in the last stage, so that advance() drops the checkpoint if begin() returns early after a failure.
  stage_ = Stage::writing_copies;
  try {
    transport::collectively(own_comm_, [&] { snapshot_.plan(contents); });
  } catch (const transport::AgreedError&) {
    thread_.record_failure();
    return;
  }
  snapshot_.place_at(static_cast<std::uint32_t>(comm_->rank()), 0);
  thread_.start([this] {
    store_.create_folder(header_.step, header_.attempt);
    const std::span<const std::byte> bytes = snapshot_.bytes();
    write_part(static_cast<std::uint32_t>(comm_->rank()), [&](host::DurableFile& file) {
      for (std::size_t done = 0; done < bytes.size();) {
        const std::size_t filled = snapshot_.wait_for_filled(done);
        file.write(bytes.subspan(done, filled - done), done);
        done = filled;
      }
    });
  });
  snapshot_.fill(contents);

  const std::vector<std::string> segments = own_comm_.gather(encode(snapshot_.segment()));
  Manifest manifest{header_, 1, {}, {}};
  if (comm_->is_root()) {
    manifest.sections.insert(manifest.sections.end(), contents.sections.begin(), contents.sections.end());
    manifest.ranks = static_cast<std::uint32_t>(comm_->size());
    for (const std::string& s : segments) {
      manifest.segments.push_back(decode_segment(s));
      manifest.part_bytes.push_back(manifest.segments.back().bytes);
    }
    manifest_bytes_ = manifest.encode();
  }
  own_comm_.broadcast(manifest_bytes_);
  if (!comm_->is_root()) manifest = Manifest::decode(manifest_bytes_, "node-local checkpoint");
  try {
    transport::collectively(own_comm_, [&] { allocate_copies(manifest); });
  } catch (const transport::AgreedError&) {
    thread_.wait();
    thread_.record_failure();
    return;
  }
  start_copies();
  for (const std::uint64_t p : manifest.part_bytes) bytes_ += p;
  stage_ = Stage::writing;
  blocked_seconds_ = watch_.seconds();
}

/// Allocates memory for the copies of other ranks' parts.
void LocalWriter::allocate_copies(const Manifest& manifest) {
  for (Copy& c : copies_) {
    c.bytes = manifest.part_bytes[static_cast<std::size_t>(c.rank)];
    if (c.memory.size() >= c.bytes) continue;
    c.memory = {};  // free the old buffer before allocating the new one
    c.memory = base::Buffer{c.bytes};
  }
}

/// Starts to send this rank's part to its partner, and to receive the parts that this rank keeps copies of.
void LocalWriter::start_copies() {
  messages_ = std::make_unique<transport::PersistentMessages>(own_comm_);
  for (Copy& c : copies_) {
    messages_->add_receive(c.rank, 0, {c.memory.data(), c.bytes});
  }
  messages_->start_receives();
  if (partner_ >= 0) messages_->start_send(messages_->add_send(partner_, 0, snapshot_.bytes()));
}

/// Writes a part file. Called in the write thread.
void LocalWriter::write_part(std::uint32_t part, const std::function<void(host::DurableFile&)>& write) const {
  const std::string path = store_.path_of(header_.step, header_.attempt) + "/" + part_name(part);
  std::error_code ignored;
  std::filesystem::remove(path, ignored);  // may be left over from a failed write
  host::DurableFile file{path, host::DurableFile::Open::create};
  faults_->reach("local.write", header_.step);
  write(file);
  file.close();
}

/// Enters the next stage if the current stage is done. If `wait` is true, first waits until it is done.
/// Returns whether to call again.
bool LocalWriter::advance(bool wait) {
  if (stage_ == Stage::idle) return false;
  if (!wait && messages_) messages_->progress();
  if (!wait && !thread_.done()) return false;
  if (stage_ == Stage::writing) {
    if (!wait && !messages_->all_received()) return false;
    while (messages_->next_received() >= 0) continue;
    thread_.wait();
    thread_.start([this] {
      for (const Copy& c : copies_) {
        write_part(static_cast<std::uint32_t>(c.rank), [&](host::DurableFile& file) {
          file.write({c.memory.data(), c.bytes}, 0);
        });
      }
    });
    stage_ = Stage::writing_copies;
    return true;
  }
  thread_.wait();
  if (!all_done_.in_progress()) all_done_.start(thread_.status(comm_->rank()));
  if (!wait && !all_done_.is_complete()) return false;
  commit_or_drop(all_done_.finish());
  return true;
}

/// Commits or drops the checkpoint. Called once all ranks have reported whether they succeeded.
void LocalWriter::commit_or_drop(std::int64_t status) {
  if (messages_) messages_->wait_sends();  // returns at once: the partners have received all parts
  stage_ = Stage::idle;
  const std::int64_t step = header_.step;
  if (status != WriteThread::success) {
    store_.drop(step, header_.attempt);
  } else if (is_node_leader_) {
    try {
      faults_->reach("local.commit", step);
      store_.commit(step, header_.attempt, manifest_bytes_);
      store_.keep_only(step, header_.attempt);
    } catch (...) {
      thread_.record_failure();
      store_.drop(step, header_.attempt);
    }
  }
  if (!comm_->is_root()) return;
  const std::string problem = !thread_.problem().empty() ? thread_.problem()
                              : status != WriteThread::success
                                  ? WriteThread::describe(status, "could not write its part")
                                  : std::string{};
  report_ =
      WriteReport{step, bytes_, watch_.seconds(), blocked_seconds_, problem, thread_.foreground_reason()};
}

void LocalWriter::poll() {
  while (advance(false)) continue;
}

void LocalWriter::finish() {
  while (advance(true)) continue;
  own_comm_.barrier();
}

std::optional<WriteReport> LocalWriter::take_report() { return std::exchange(report_, std::nullopt); }

void LocalWriter::remove_local() {
  finish();
  if (is_node_leader_) store_.remove_all();
}

}  // namespace tessera::checkpoint
