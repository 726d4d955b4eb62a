#include "grid/input/distribute.h"

#include "base/archive.h"
#include "base/text.h"
#include "grid/input/bad_data.h"
#include "grid/input/unchanged_file.h"
#include "host/process.h"
#include "transport/agreement.h"
#include "transport/message_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tessera::input {
namespace {

using transport::Message;

/// On rank 0 of the node, returns the region needed by each rank of the node; on all other ranks, returns an
/// empty vector. Collective over `node`.
std::vector<std::optional<Region>> gather_regions(const transport::Communicator& node,
                                                  const std::optional<Region>& needed) {
  std::array<double, 7> own{};
  if (needed) {
    own[0] = 1.0;
    std::copy(needed->lower.begin(), needed->lower.end(), own.begin() + 1);
    std::copy(needed->upper.begin(), needed->upper.end(), own.begin() + 4);
  }
  const std::vector<double> all = node.gather(std::span<const double>{own});
  std::vector<std::optional<Region>> regions(all.size() / own.size());
  for (std::size_t r = 0; r < regions.size(); ++r) {
    const double* entry = all.data() + r * own.size();
    if (entry[0] != 0.0) regions[r] = Region{{entry[1], entry[2], entry[3]}, {entry[4], entry[5], entry[6]}};
  }
  return regions;
}

/// The bounding box of all regions; nullopt if there are none.
std::optional<Region> bounds_of(const std::vector<std::optional<Region>>& regions) {
  std::optional<Region> bounds;
  for (const std::optional<Region>& region : regions) {
    if (!region) continue;
    if (!bounds) bounds = region;
    for (std::size_t a = 0; a < 3; ++a) {
      bounds->lower[a] = std::min(bounds->lower[a], region->lower[a]);
      bounds->upper[a] = std::max(bounds->upper[a], region->upper[a]);
    }
  }
  return bounds;
}

Message pack_part(int rank, const GridData& data) {
  std::vector<std::vector<double>> axes;
  for (int a = 0; a < data.dimensions(); ++a) axes.emplace_back(data.axis(a).begin(), data.axis(a).end());
  Message out{rank, base::encode(axes), {}};
  const auto bytes = std::as_bytes(data.values());
  out.payload.assign(bytes.begin(), bytes.end());
  return out;
}

std::shared_ptr<const GridData> unpack_part(const Message& part) {
  if (part.payload.empty()) return nullptr;
  std::vector<double> values(part.payload.size() / sizeof(double));
  std::memcpy(values.data(), part.payload.data(), part.payload.size());
  return std::make_shared<const GridData>(
      base::decode<std::vector<std::vector<double>>>(part.header, "a part of a data set"), std::move(values));
}

/// Returns the parts for ranks 1 and above of the node. The part of a rank that needs no data is empty.
std::vector<Message> parts_of(const GridData* data, const std::vector<std::optional<Region>>& regions,
                              int dimensions) {
  const auto d = static_cast<std::size_t>(dimensions);
  std::vector<Message> parts;
  for (std::size_t r = 1; r < regions.size(); ++r) {
    const auto rank = static_cast<int>(r);
    parts.push_back(regions[r] ? pack_part(rank, data->crop(std::span{regions[r]->lower.data(), d},
                                                            std::span{regions[r]->upper.data(), d}))
                               : Message{rank, {}, {}});
  }
  return parts;
}

/// What rank 0 of all ranks knows about a data set.
struct Checked {
  bool is_large = false;           ///< whether it was read block by block
  std::optional<FileStamp> stamp;  ///< nullopt: it was not checked
  std::string fingerprint;         ///< of the part around the domain
};

void describe(auto& archive, base::MaybeConst<Checked> auto& c) {
  archive(c.is_large, c.stamp, c.fingerprint);
}

/// Returns on all ranks what rank 0 knows. Collective.
Checked checked_data(const transport::Communicator& comm, const DataSets& data_sets, const GridSource& source,
                     int dimensions) {
  Checked checked;
  const DataSurvey* known = comm.is_root() ? data_sets.known(source, dimensions) : nullptr;
  if (known != nullptr) checked = {!data_sets.holds(source, dimensions), known->stamp, known->fingerprint};
  std::string text = base::encode(checked);
  comm.broadcast(text);
  return base::decode<Checked>(text, "the properties of a data set");
}

/// Throws base::Error (bad_data) if the file on this node is not the one that rank 0 has checked. Copies of
/// it may have another time of change, but must have the same values. Returns the stamp of the file.
std::optional<FileStamp> expect_checked(const Checked& checked, const GridSource& source, int dimensions) {
  const auto here = stamp_of(source.path);
  if (!checked.stamp || !here || *here == *checked.stamp) return here;  // a missing file is reported later
  std::string difference;
  if (here->bytes != checked.stamp->bytes) {
    difference = fmt::format("it has {} bytes instead of {}", here->bytes, checked.stamp->bytes);
  } else if (survey_file(source, dimensions, source.domain).survey.fingerprint != checked.fingerprint) {
    difference = "it was changed later, and its values differ";
  } else {
    return here;
  }
  throw bad_data(
      fmt::format("`{}` on `{}` is not the file that was checked at the start: {}",
                  base::printable(source.path), host::host_name(), difference),
      "do not change input files while a run starts; on several hosts, use a shared folder, or copy "
      "the same file to all of them");
}

/// Reads the part of a large data set that a rank needs. `stamp`: of the file that rank 0 of the node has
/// compared with the one that was checked.
std::shared_ptr<const GridData> read_part(const GridSource& source, int dimensions, const Region& needed,
                                          const std::optional<FileStamp>& stamp) {
  std::shared_ptr<const GridData> data;
  read_unchanged(source.path, [&] {
    if (stamp_of(source.path) != stamp) {
      throw bad_data(fmt::format("`{}` was changed while the run was starting", base::printable(source.path)),
                     "wait until the program that writes it has finished, and try again");
    }
    data = std::make_shared<const GridData>(GridData::read(source, dimensions, needed));
  });
  return data;
}

/// The ranks of a node agree on the stamp of a file. Collective over `node`.
std::optional<FileStamp> broadcast_stamp(const transport::Communicator& node,
                                         std::optional<FileStamp> stamp) {
  std::string text = base::encode(stamp);
  node.broadcast(text);
  return base::decode<std::optional<FileStamp>>(text, "the properties of a file");
}

}  // namespace

std::shared_ptr<const GridData> distribute(const transport::Communicator& comm,
                                           const transport::Communicator& node, DataSets& data_sets,
                                           const GridSource& source, int dimensions,
                                           const std::optional<Region>& needed) {
  const Checked checked = checked_data(comm, data_sets, source, dimensions);
  const std::vector<std::optional<Region>> regions = gather_regions(node, needed);
  const std::optional<Region> bounds = bounds_of(regions);
  std::shared_ptr<const GridData> data;
  std::optional<FileStamp> stamp;
  std::vector<Message> parts;
  transport::collectively(comm, [&] {
    const bool is_held = data_sets.holds(source, dimensions);
    const auto read = [&] {
      stamp = expect_checked(checked, source, dimensions);
      if (!checked.is_large) data = data_sets.get(source, dimensions, bounds);
    };
    if (bounds && is_held) {
      data = data_sets.get(source, dimensions, bounds);
    } else if (bounds) {
      read_unchanged(source.path, read);
    }
    data_sets.drop(source, dimensions);
    if (!checked.is_large) parts = parts_of(data.get(), regions, dimensions);
  });
  if (checked.is_large) {
    stamp = broadcast_stamp(node, stamp);
    transport::collectively(comm, [&] {
      if (needed) data = read_part(source, dimensions, *needed, stamp);
    });
    return data;
  }
  if (node.is_root() && !needed) data.reset();
  const std::vector<int> sources(node.is_root() ? 0 : 1, 0);
  std::vector<Message> incoming;
  // If the exchange fails, it fails on all ranks of a node; this call reports the failure to the other nodes.
  transport::collectively(comm, [&] {
    incoming = transport::exchange(node, std::move(parts), sources);
    if (!node.is_root()) data = unpack_part(incoming.front());
  });
  return data;
}

}  // namespace tessera::input
