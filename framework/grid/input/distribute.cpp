#include "grid/input/distribute.h"

#include "base/archive.h"
#include "transport/agreement.h"
#include "transport/message_exchange.h"

#include <algorithm>
#include <cstring>
#include <span>
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

}  // namespace

std::shared_ptr<const GridData> distribute(const transport::Communicator& comm,
                                           const transport::Communicator& node, DataSets& data_sets,
                                           const GridSource& source, int dimensions,
                                           const std::optional<Region>& needed) {
  const std::vector<std::optional<Region>> regions = gather_regions(node, needed);
  const std::optional<Region> bounds = bounds_of(regions);
  std::shared_ptr<const GridData> data;
  std::vector<Message> parts;
  transport::collectively(comm, [&] {
    if (bounds) data = data_sets.get(source, dimensions, bounds);
    data_sets.drop(source, dimensions);
    parts = parts_of(data.get(), regions, dimensions);
  });
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
