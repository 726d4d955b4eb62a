#include "checkpoint/local_writer.h"

#include "base/error.h"
#include "checkpoint/durable_file.h"
#include "checkpoint/partners.h"
#include "transport/agreement.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace tessera::checkpoint {

LocalWriter::LocalWriter(const transport::Communicator& comm, Options options, const base::FailPoints& faults)
    : comm_{&comm},
      own_comm_{comm.duplicate()},
      all_done_{own_comm_},
      options_{std::move(options)},
      store_{options_.folder, options_.run},
      faults_{&faults} {
  const std::vector<int> all = partners(options_.nodes);
  partner_ = all[static_cast<std::size_t>(comm.rank())];
  leads_node_ = leads_node(comm.rank(), options_.nodes);
  for (const int rank : kept_by(comm.rank(), all)) copies_.push_back({rank, field::Buffer{0}, 0});
}

void LocalWriter::begin(Manifest head, const field::FieldStore& store, const partition::Partition& partition,
                        const std::vector<int>& fields, const std::map<std::int64_t, double>& costs) {
  finish();
  watch_ = {};
  manifest_ = std::move(head);
  faults_->reach("local.begin", manifest_.state.step);
  thread_.reset();
  messages_.reset();
  bytes_ = 0;
  stopped_seconds_ = 0.0;
  stage_ = Stage::copying;  // where it stays when there is no memory for it
  try {
    transport::collectively(own_comm_,
                            [&] { snapshot_.plan(store, partition, comm_->rank(), fields, costs); });
  } catch (const transport::AgreedError&) {
    thread_.fail();
    return;
  }
  snapshot_.place_at(static_cast<std::uint32_t>(comm_->rank()), 0);
  thread_.start([this] {
    store_.begin(manifest_.state.step, manifest_.attempt);
    const std::span<const std::byte> bytes = snapshot_.bytes();
    write_part(static_cast<std::uint32_t>(comm_->rank()), [&](DurableFile& file) {
      for (std::size_t done = 0; done < bytes.size();) {
        const std::size_t filled = snapshot_.filled(done);
        file.write(bytes.subspan(done, filled - done), done);
        done = filled;
      }
    });
  });
  snapshot_.fill(store, partition, fields);

  const std::vector<std::string> segments = own_comm_.gather(encoded(snapshot_.segment()));
  Manifest whole = manifest_;  // the thread reads its step and attempt
  if (comm_->root()) {
    whole.ranks = static_cast<std::uint32_t>(comm_->size());
    for (const std::string& s : segments) {
      whole.segments.push_back(decoded_segment(s));
      whole.parts.push_back(whole.segments.back().bytes);
    }
    manifest_bytes_ = whole.encoded();
  }
  own_comm_.broadcast(manifest_bytes_);
  if (!comm_->root()) whole = Manifest::decoded(manifest_bytes_, "of a node-local checkpoint");
  try {
    transport::collectively(own_comm_, [&] { make_room(whole); });
  } catch (const transport::AgreedError&) {
    thread_.wait();
    thread_.fail();
    return;
  }
  start_copies();
  for (const std::uint64_t p : whole.parts) bytes_ += p;
  stage_ = Stage::writing;
  stopped_seconds_ = watch_.seconds();
}

/// For the copies of others.
void LocalWriter::make_room(const Manifest& whole) {
  for (Copy& c : copies_) {
    c.bytes = whole.parts[static_cast<std::size_t>(c.rank)];
    if (c.memory.size() >= c.bytes) continue;
    c.memory = field::Buffer{0};  // not both at a time
    c.memory = field::Buffer{c.bytes};
  }
}

/// To and from the partners, in the background.
void LocalWriter::start_copies() {
  messages_ = std::make_unique<transport::PersistentMessages>(own_comm_);
  for (Copy& c : copies_) {
    messages_->add_receive(c.rank, 0, {c.memory.data(), c.bytes});
  }
  messages_->start_receives();
  if (partner_ >= 0) messages_->start_send(messages_->add_send(partner_, 0, snapshot_.bytes()));
}

/// In the thread.
void LocalWriter::write_part(std::uint32_t part, const std::function<void(DurableFile&)>& write) const {
  const std::string path = store_.path_of(manifest_.state.step, manifest_.attempt) + "/" + part_name(part);
  std::error_code none;
  std::filesystem::remove(path, none);  // of an attempt that got no further
  DurableFile file{path, DurableFile::Open::create};
  faults_->reach("local.write", manifest_.state.step);
  write(file);
  file.close();
}

/// A stage further, if its work is done or may be waited for; false when there is nothing more to do now.
bool LocalWriter::advance(bool wait) {
  if (stage_ == Stage::idle) return false;
  if (!wait && messages_) messages_->progress();
  if (!wait && !thread_.done()) return false;
  if (stage_ == Stage::writing) {
    if (!wait && !messages_->arrived()) return false;
    while (messages_->next_received() >= 0) continue;
    thread_.wait();
    thread_.start([this] {
      for (const Copy& c : copies_) {
        write_part(static_cast<std::uint32_t>(c.rank), [&](DurableFile& file) {
          file.write({c.memory.data(), c.bytes}, 0);
        });
      }
    });
    stage_ = Stage::copying;
    return true;
  }
  thread_.wait();
  if (!all_done_.started()) all_done_.start(thread_.word(comm_->rank()));
  if (!wait && !all_done_.arrived()) return false;
  settle(all_done_.finish());
  return true;
}

/// The ranks have said whether they have written.
void LocalWriter::settle(std::int64_t word) {
  if (messages_) messages_->wait_sends();  // all that was sent has arrived
  stage_ = Stage::idle;
  const std::int64_t step = manifest_.state.step;
  if (word != WriteThread::all_well) {
    store_.drop(step, manifest_.attempt);
  } else if (leads_node_) {
    try {
      faults_->reach("local.commit", step);
      store_.commit(step, manifest_.attempt, manifest_bytes_);
      store_.keep_only(step, manifest_.attempt);
    } catch (...) {
      thread_.fail();
      store_.drop(step, manifest_.attempt);
    }
  }
  if (!comm_->root()) return;
  const std::string problem = !thread_.problem().empty() ? thread_.problem()
                              : word != WriteThread::all_well
                                  ? WriteThread::text_of(word, "could not write its part")
                                  : std::string{};
  report_ = WriteReport{step, bytes_, watch_.seconds(), stopped_seconds_, problem};
}

void LocalWriter::poll() {
  while (advance(false)) continue;
}

void LocalWriter::finish() {
  while (advance(true)) continue;
  own_comm_.barrier();
}

std::optional<WriteReport> LocalWriter::take_report() { return std::exchange(report_, std::nullopt); }

void LocalWriter::forget() {
  finish();
  if (leads_node_) store_.remove_all();
}

}  // namespace tessera::checkpoint
