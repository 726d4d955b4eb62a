#include "checkpoint/promotion.h"

#include "base/buffer.h"
#include "base/error.h"
#include "checkpoint/store.h"
#include "host/durable_file.h"
#include "rundir/checkpoint_names.h"
#include "transport/agreement.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include <fmt/format.h>

namespace tessera::checkpoint {

namespace {

constexpr std::size_t copy_buffer_bytes = std::size_t{16} << 20;

/// A node-local checkpoint and a node that has a copy of its manifest.
struct Candidate {
  rundir::CheckpointName name;
  int rank = 0;  // the first rank of the node
};

/// Returns, on all ranks, the candidates on all nodes, newest checkpoint first. `is_leader`: whether this
/// rank is the first rank of its node. @note Collective.
std::vector<Candidate> find_candidates(const transport::Communicator& comm, const LocalStore& store,
                                       bool is_leader, std::int64_t newer_than, std::uint32_t min_attempt) {
  std::string own_names;
  if (is_leader) {
    for (const rundir::CheckpointName& c : store.list()) {
      std::error_code ec;
      if (c.step > newer_than && c.attempt >= min_attempt &&
          std::filesystem::is_regular_file(c.path + "/manifest", ec))
        own_names += c.name + "\n";
    }
  }
  const std::vector<std::string> all_names = comm.gather(own_names);
  std::string text;
  for (std::size_t rank = 0; rank < all_names.size(); ++rank) {
    std::istringstream lines{all_names[rank]};
    for (std::string name; std::getline(lines, name);) text += fmt::format("{} {}\n", rank, name);
  }
  comm.broadcast(text);
  std::vector<Candidate> all;
  std::istringstream lines{text};
  int rank = 0;
  for (std::string name; lines >> rank >> name;) {
    const auto parsed = rundir::parse_checkpoint_name(name);
    if (parsed) all.push_back({*parsed, rank});  // one candidate per copy, because a copy may be damaged
  }
  std::stable_sort(all.begin(), all.end(), [](const Candidate& l, const Candidate& r) {
    return l.name.step != r.name.step ? l.name.step > r.name.step : l.name.attempt > r.name.attempt;
  });
  return all;
}

/// Returns, on all ranks, for each part the first rank of a node that has an undamaged copy; -1 if there is
/// none. @note Collective.
std::vector<int> find_sources(const transport::Communicator& comm, const Manifest& manifest,
                              const std::string& folder, bool is_leader, const host::BoardSlot& board) {
  std::string own_parts;
  if (is_leader) {
    for (const std::uint32_t part : undamaged_parts(folder, manifest, board)) {
      own_parts += fmt::format("{} ", part);
    }
  }
  const std::vector<std::string> all_parts = comm.gather(own_parts);
  std::vector<int> sources(manifest.part_bytes.size(), -1);
  std::string text;
  if (comm.is_root()) {
    for (std::size_t rank = 0; rank < all_parts.size(); ++rank) {
      std::istringstream parts{all_parts[rank]};
      for (std::size_t part = 0; parts >> part;) {
        if (sources[part] < 0) sources[part] = static_cast<int>(rank);
      }
    }
    for (const int rank : sources) text += fmt::format("{} ", rank);
  }
  comm.broadcast(text);
  std::istringstream numbers{text};
  for (int& rank : sources) numbers >> rank;
  return sources;
}

void copy_part(const std::string& from, const std::string& to, const base::FailPoints& faults,
               std::int64_t step, const host::BoardSlot& board) {
  const host::DurableFile source{from, host::DurableFile::Open::read};
  host::DurableFile target{to, host::DurableFile::Open::create, &faults, step};
  const std::uint64_t size = source.size();
  const base::Buffer memory{std::min<std::uint64_t>(size, copy_buffer_bytes)};
  for (std::uint64_t offset = 0; offset < size; offset += copy_buffer_bytes) {
    const std::span<std::byte> bytes{memory.data(),
                                     std::min<std::uint64_t>(size - offset, copy_buffer_bytes)};
    source.read(bytes, offset);
    target.write(bytes, offset);
    board.publish(host::BoardPhase::restart);
  }
  target.sync();
  target.close();
}

/// Broadcasts the manifest in `folder` on the node of rank `root`. On all ranks, returns the manifest and
/// sets `bytes` to its bytes. Throws transport::AgreedError (bad_data). @note Collective.
Manifest broadcast_manifest(const transport::Communicator& comm, const std::string& folder, int root,
                            std::string& bytes) {
  bytes.clear();
  Manifest manifest;
  transport::collectively(comm, [&] {
    if (comm.rank() == root) bytes = read_manifest(folder).encode();
  });
  comm.broadcast(bytes, root);
  transport::collectively(comm, [&] { manifest = Manifest::decode(bytes, folder + "/manifest"); });
  return manifest;
}

/// Throws transport::AgreedError (bad_data) if the checkpoint belongs to another computation or a part is
/// missing. @note Collective.
void check_usable(const transport::Communicator& comm, const Manifest& manifest, const Identity& identity,
                  const AcceptedChanges& accepted, const std::vector<int>& sources) {
  transport::collectively(comm, [&] {
    if (const Mismatch difference = mismatch(manifest.identity, identity, accepted))
      throw base::Error{base::ExitCode::bad_data, difference.reason, difference.advice()};
    if (const auto missing = std::count(sources.begin(), sources.end(), -1); missing > 0) {
      throw base::Error{base::ExitCode::bad_data,
                        fmt::format("the remaining nodes lack {} of its {} parts", missing, sources.size())};
    }
  });
}

/// Publishes a checkpoint in the run directory: copies its parts from the nodes of `sources`, and writes
/// `manifest`. @note Collective.
void publish_parts(const transport::Communicator& comm, const Store& store,
                   const rundir::CheckpointName& checkpoint, const std::string& folder,
                   const std::vector<int>& sources, const std::string& manifest,
                   const base::FailPoints& faults, const host::BoardSlot& board) {
  const std::int64_t step = checkpoint.step;
  transport::collectively(comm, [&] {
    faults.reach("restart.promote", step);
    if (comm.is_root()) store.create_temporary_folder(step, checkpoint.attempt);
  });
  const std::string target = store.temporary_path(step, checkpoint.attempt);
  transport::collectively(comm, [&] {
    for (std::size_t p = 0; p < sources.size(); ++p) {
      if (sources[p] != comm.rank()) continue;
      const std::string name = "/" + part_name(static_cast<std::uint32_t>(p));
      copy_part(folder + name, target + name, faults, step, board);
    }
  });
  transport::collectively(comm, [&] {
    if (!comm.is_root()) return;
    host::DurableFile file{target + "/manifest", host::DurableFile::Open::create, &faults, step};
    file.write(std::as_bytes(std::span{manifest}), 0);
    file.sync();
    file.close();
    store.publish(step, checkpoint.attempt);
  });
}

}  // namespace

std::optional<std::string> promote(const transport::Communicator& comm, const LocalStorage& storage,
                                   const std::string& run_directory, const Identity& identity,
                                   const AcceptedChanges& accepted, std::int64_t newer_than,
                                   const base::FailPoints& faults,
                                   const std::function<void(const std::string&)>& report,
                                   const host::BoardSlot& board) {
  const LocalStore local{storage.folder, storage.run};
  const Store store{run_directory};
  const bool is_leader = is_node_leader(comm.rank(), storage.nodes);
  std::string last_tried;  // last checkpoint with a valid manifest; further copies of it are skipped
  for (const Candidate& c : find_candidates(comm, local, is_leader, newer_than, storage.min_attempt)) {
    if (c.name.name == last_tried) continue;
    const std::string folder = local.path_of(c.name.step, c.name.attempt);
    try {
      std::string bytes;
      const Manifest manifest = broadcast_manifest(comm, folder, c.rank, bytes);
      last_tried = c.name.name;
      const std::vector<int> sources = find_sources(comm, manifest, folder, is_leader, board);
      check_usable(comm, manifest, identity, accepted, sources);
      publish_parts(comm, store, c.name, folder, sources, bytes, faults, board);
      return store.path() + "/" + rundir::checkpoint_name(c.name.step, c.name.attempt);
    } catch (const transport::AgreedError& e) {
      if (comm.is_root()) store.drop(c.name.step, c.name.attempt);
      // Any other failure, for example a full disk, is not the fault of the checkpoint.
      if (e.code() != base::ExitCode::bad_data) throw;
      if (comm.is_root()) {
        report(fmt::format("the node-local checkpoint {} cannot be used: {}", c.name.name, e.message()));
      }
    }
  }
  return std::nullopt;
}

void remove_local(const transport::Communicator& comm, const LocalStorage& storage) {
  if (is_node_leader(comm.rank(), storage.nodes)) LocalStore{storage.folder, storage.run}.remove_all();
  comm.barrier();  // no rank may begin a new checkpoint before the removal is complete
}

}  // namespace tessera::checkpoint
