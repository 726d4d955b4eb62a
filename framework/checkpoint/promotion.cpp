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

/// A copy of the manifest of a node-local checkpoint.
struct Candidate {
  rundir::CheckpointName name;
  int rank = 0;  // a rank on the node that holds it
};

/// Returns, on all ranks, the candidates of all nodes, newest checkpoint first. `leads`: whether this rank is
/// the first of its node. @note Collective.
std::vector<Candidate> candidates(const transport::Communicator& comm, const LocalStore& store, bool leads,
                                  std::int64_t newer_than, std::uint32_t since) {
  std::string own_names;
  if (leads) {
    for (const rundir::CheckpointName& c : store.list()) {
      std::error_code ec;
      if (c.step > newer_than && c.attempt >= since &&
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

/// Returns, on all ranks, for each part a rank whose node holds it undamaged, or -1 if there is none.
/// @note Collective.
std::vector<int> holders(const transport::Communicator& comm, const Manifest& manifest,
                         const std::string& folder, bool leads, const host::BoardSlot& board) {
  std::string own_parts;
  if (leads) {
    for (const std::uint32_t part : undamaged_parts(folder, manifest, board)) {
      own_parts += fmt::format("{} ", part);
    }
  }
  const std::vector<std::string> all_parts = comm.gather(own_parts);
  std::vector<int> holder(manifest.part_bytes.size(), -1);
  std::string text;
  if (comm.is_root()) {
    for (std::size_t rank = 0; rank < all_parts.size(); ++rank) {
      std::istringstream parts{all_parts[rank]};
      for (std::size_t part = 0; parts >> part;) {
        if (holder[part] < 0) holder[part] = static_cast<int>(rank);
      }
    }
    for (const int h : holder) text += fmt::format("{} ", h);
  }
  comm.broadcast(text);
  std::istringstream numbers{text};
  for (int& h : holder) numbers >> h;
  return holder;
}

void copy_part(const std::string& from, const std::string& to, const base::FailPoints& faults,
               std::int64_t step, const host::BoardSlot& board) {
  const host::DurableFile source{from, host::DurableFile::Open::read};
  host::DurableFile target{to, host::DurableFile::Open::create, &faults, step};
  const std::uint64_t size = source.size();
  const base::Buffer memory{std::min<std::uint64_t>(size, copy_buffer_bytes)};
  for (std::uint64_t at = 0; at < size; at += copy_buffer_bytes) {
    const std::span<std::byte> bytes{memory.data(), std::min<std::uint64_t>(size - at, copy_buffer_bytes)};
    source.read(bytes, at);
    target.write(bytes, at);
    board.publish(host::BoardPhase::restart);
  }
  target.sync();
  target.close();
}

/// Broadcasts the manifest in `folder` on the node of rank `owner`. Returns it, and its bytes in `bytes`, on
/// all ranks. Throws transport::AgreedError (bad_data). @note Collective.
Manifest shared_manifest(const transport::Communicator& comm, const std::string& folder, int owner,
                         std::string& bytes) {
  bytes.clear();
  Manifest manifest;
  transport::collectively(comm, [&] {
    if (comm.rank() == owner) bytes = read_manifest(folder).encode();
  });
  comm.broadcast(bytes, owner);
  transport::collectively(comm, [&] { manifest = Manifest::decode(bytes, folder + "/manifest"); });
  return manifest;
}

/// Throws transport::AgreedError (bad_data) if the checkpoint belongs to another computation or lacks a part.
/// @note Collective.
void check_usable(const transport::Communicator& comm, const Manifest& manifest, const Identity& identity,
                  const std::vector<int>& holder) {
  transport::collectively(comm, [&] {
    if (const std::string reason = mismatch(manifest.identity, identity); !reason.empty()) {
      throw base::Error{base::ExitCode::bad_data, reason};
    }
    if (const auto missing = std::count(holder.begin(), holder.end(), -1); missing > 0) {
      throw base::Error{
          base::ExitCode::bad_data,
          fmt::format("{} of its {} parts are on none of the remaining nodes", missing, holder.size())};
    }
  });
}

/// Copies the parts from their holders, and the manifest, into the run directory. @note Collective.
void publish_parts(const transport::Communicator& comm, const Store& store,
                   const rundir::CheckpointName& checkpoint, const std::string& folder,
                   const std::vector<int>& holder, const std::string& manifest,
                   const base::FailPoints& faults, const host::BoardSlot& board) {
  const std::int64_t step = checkpoint.step;
  transport::collectively(comm, [&] {
    faults.reach("restart.promote", step);
    if (comm.is_root()) store.begin(step, checkpoint.attempt);
  });
  const std::string target = store.temporary_path(step, checkpoint.attempt);
  transport::collectively(comm, [&] {
    for (std::size_t p = 0; p < holder.size(); ++p) {
      if (holder[p] != comm.rank()) continue;
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

std::optional<std::string> promote(const transport::Communicator& comm, const LocalPlace& place,
                                   const std::string& run_directory, const Identity& identity,
                                   std::int64_t newer_than, const base::FailPoints& faults,
                                   const std::function<void(const std::string&)>& report,
                                   const host::BoardSlot& board) {
  const LocalStore local{place.folder, place.run};
  const Store store{run_directory};
  const bool leads = leads_node(comm.rank(), place.nodes);
  std::string last_tried;  // the last checkpoint with a valid manifest: skip further copies of it
  for (const Candidate& c : candidates(comm, local, leads, newer_than, place.since)) {
    if (c.name.name == last_tried) continue;
    const std::string folder = local.path_of(c.name.step, c.name.attempt);
    try {
      std::string bytes;
      const Manifest manifest = shared_manifest(comm, folder, c.rank, bytes);
      last_tried = c.name.name;
      const std::vector<int> holder = holders(comm, manifest, folder, leads, board);
      check_usable(comm, manifest, identity, holder);
      publish_parts(comm, store, c.name, folder, holder, bytes, faults, board);
      return store.path() + "/" + rundir::checkpoint_name(c.name.step, c.name.attempt);
    } catch (const transport::AgreedError& e) {
      if (comm.is_root()) {
        store.drop(c.name.step, c.name.attempt);
        report(fmt::format("the node-local checkpoint {} cannot be used: {}", c.name.name, e.message()));
      }
    }
  }
  return std::nullopt;
}

void remove_local(const transport::Communicator& comm, const LocalPlace& place) {
  if (leads_node(comm.rank(), place.nodes)) LocalStore{place.folder, place.run}.remove_all();
  comm.barrier();  // no rank may begin a new checkpoint before the removal
}

}  // namespace tessera::checkpoint
