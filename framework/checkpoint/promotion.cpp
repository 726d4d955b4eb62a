#include "checkpoint/promotion.h"

#include "base/checkpoint_names.h"
#include "base/error.h"
#include "checkpoint/durable_file.h"
#include "checkpoint/local_store.h"
#include "checkpoint/partners.h"
#include "checkpoint/store.h"
#include "field/buffer.h"
#include "transport/agreement.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include <fmt/format.h>

namespace tessera::checkpoint {

namespace {

constexpr std::size_t piece = std::size_t{16} << 20;

/// A checkpoint that some node has a manifest of.
struct Candidate {
  base::CheckpointName name;
  int witness = 0;  // a rank on that node
};

/// On all ranks, the newest first. @note Collective.
std::vector<Candidate> candidates(const transport::Communicator& comm, const LocalStore& store, bool leads,
                                  std::int64_t newer_than, std::uint32_t since) {
  std::string own;
  if (leads) {
    for (const base::CheckpointName& c : store.list()) {
      std::error_code none;
      const std::string manifest = store.path_of(c.step, c.attempt) + "/manifest";
      if (c.step > newer_than && c.attempt >= since && std::filesystem::is_regular_file(manifest, none))
        own += c.name + "\n";
    }
  }
  const std::vector<std::string> told = comm.gather(own);
  std::string text;
  for (std::size_t rank = 0; rank < told.size(); ++rank) {
    std::istringstream lines{told[rank]};
    for (std::string name; std::getline(lines, name);) text += fmt::format("{} {}\n", rank, name);
  }
  comm.broadcast(text);
  std::vector<Candidate> all;
  std::istringstream lines{text};
  int rank = 0;
  for (std::string name; lines >> rank >> name;) {
    const auto parsed = base::parse_checkpoint_name(name);
    if (parsed) all.push_back({*parsed, rank});  // each witness in turn: a manifest may be damaged
  }
  std::stable_sort(all.begin(), all.end(), [](const Candidate& l, const Candidate& r) {
    return l.name.step != r.name.step ? l.name.step > r.name.step : l.name.attempt > r.name.attempt;
  });
  return all;
}

/// A rank for each part that has it whole, -1 where none has; on all ranks. @note Collective.
std::vector<int> holders(const transport::Communicator& comm, const Manifest& manifest,
                         const std::string& folder, bool leads, const base::BoardSlot& board) {
  std::string own;
  if (leads) {
    for (const std::uint32_t part : whole_parts(folder, manifest, board)) own += fmt::format("{} ", part);
  }
  const std::vector<std::string> told = comm.gather(own);
  std::vector<int> holder(manifest.parts.size(), -1);
  std::string text;
  if (comm.root()) {
    for (std::size_t rank = 0; rank < told.size(); ++rank) {
      std::istringstream parts{told[rank]};
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
               std::int64_t step, const base::BoardSlot& board) {
  const DurableFile source{from, DurableFile::Open::read};
  DurableFile target{to, DurableFile::Open::create, &faults, step};
  const std::uint64_t size = source.size();
  const field::Buffer memory{std::min<std::uint64_t>(size, piece)};
  for (std::uint64_t at = 0; at < size; at += piece) {
    const std::span<std::byte> bytes{memory.data(), std::min<std::uint64_t>(size - at, piece)};
    source.read(bytes, at);
    target.write(bytes, at);
    board.publish(base::BoardPhase::restart);
  }
  target.sync();
  target.close();
}

/// The manifest that a rank has, on all ranks. Throws transport::AgreedError. @note Collective.
Manifest shared_manifest(const transport::Communicator& comm, const std::string& folder, int owner,
                         std::string& bytes) {
  bytes.clear();
  Manifest manifest;
  transport::collectively(comm, [&] {
    if (comm.rank() == owner) bytes = read_manifest(folder).encoded();
  });
  comm.broadcast(bytes, owner);
  transport::collectively(comm, [&] { manifest = Manifest::decoded(bytes, folder + "/manifest"); });
  return manifest;
}

}  // namespace

std::optional<std::string> promote(const transport::Communicator& comm, const LocalPlace& place,
                                   const std::string& run_directory, const Wanted& wanted,
                                   std::int64_t newer_than, const base::FailPoints& faults,
                                   const std::function<void(const std::string&)>& tell,
                                   const base::BoardSlot& board) {
  const LocalStore local{place.folder, place.run};
  const Store store{run_directory};
  const bool leads = leads_node(comm.rank(), place.nodes);
  std::optional<std::string> promoted;
  std::string settled;  // of which a manifest could be read, so that its other witnesses know no more
  for (const Candidate& c : candidates(comm, local, leads, newer_than, place.since)) {
    if (c.name.name == settled) continue;
    const std::string folder = local.path_of(c.name.step, c.name.attempt);
    try {
      std::string bytes;
      const Manifest manifest = shared_manifest(comm, folder, c.witness, bytes);
      settled = c.name.name;
      const std::vector<int> holder = holders(comm, manifest, folder, leads, board);
      transport::collectively(comm, [&] {
        if (const std::string other = mismatch(manifest, wanted); !other.empty()) {
          throw base::Error{base::ExitCode::bad_data, other};
        }
        const auto missing = std::count(holder.begin(), holder.end(), -1);
        if (missing > 0) {
          throw base::Error{
              base::ExitCode::bad_data,
              fmt::format("{} of its {} parts are on no node that is left", missing, holder.size())};
        }
      });
      std::string target;
      transport::collectively(comm, [&] {
        faults.reach("restart.promote", c.name.step);
        if (comm.root()) target = store.begin(c.name.step, c.name.attempt);
      });
      target = store.temporary_path(c.name.step, c.name.attempt);
      transport::collectively(comm, [&] {
        for (std::size_t p = 0; p < holder.size(); ++p) {
          if (holder[p] != comm.rank()) continue;
          const std::string name = "/" + part_name(static_cast<std::uint32_t>(p));
          copy_part(folder + name, target + name, faults, c.name.step, board);
        }
      });
      transport::collectively(comm, [&] {
        if (!comm.root()) return;
        DurableFile file{target + "/manifest", DurableFile::Open::create, &faults, c.name.step};
        file.write(std::as_bytes(std::span{bytes}), 0);
        file.sync();
        file.close();
        store.publish(c.name.step, c.name.attempt);
      });
      promoted = store.path() + "/" + store.final_name(c.name.step, c.name.attempt);
      break;
    } catch (const transport::AgreedError& e) {
      if (comm.root()) {
        store.drop(c.name.step, c.name.attempt);
        tell(fmt::format("the node-local checkpoint {} cannot be used: {}", c.name.name, e.message()));
      }
    }
  }
  return promoted;
}

void forget(const transport::Communicator& comm, const LocalPlace& place) {
  if (leads_node(comm.rank(), place.nodes)) LocalStore{place.folder, place.run}.remove_all();
  comm.barrier();  // nobody begins a new one before
}

}  // namespace tessera::checkpoint
