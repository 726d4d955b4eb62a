// A cache of data sets.
#pragma once

#include "grid/input/grid_data.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace tessera::input {

/// Reads data sets and keeps them in memory. Copies of an object share the data sets read so far.
class DataSets {
 public:
  using Reader =
      std::function<GridData(const GridSource& source, int dimensions, const std::optional<Region>& region)>;

  explicit DataSets(Reader reader = GridData::read) : reader_{std::move(reader)} {}

  /// Returns a data set, or at least its part around `region`, reading it first if it is not in memory.
  /// Throws any exception that the reader throws. A failed read is not cached, so the next call tries again.
  std::shared_ptr<const GridData> get(const GridSource& source, int dimensions,
                                      const std::optional<Region>& region = std::nullopt) {
    const std::pair key{source, dimensions};
    if (const auto found = cache_.find(key); found != cache_.end() && contains(found->second.region, region))
      return found->second.data;
    auto data = std::make_shared<const GridData>(reader_(source, dimensions, region));
    cache_.insert_or_assign(key, Entry{region, data});
    return data;
  }

  /// Removes a data set from the cache.
  void drop(const GridSource& source, int dimensions) { cache_.erase({source, dimensions}); }

  bool empty() const { return cache_.empty(); }
  /// Size in bytes of the data sets in memory.
  double bytes() const {
    double total = 0.0;
    for (const auto& [source, entry] : cache_)
      total += static_cast<double>(entry.data->values().size_bytes());
    return total;
  }

 private:
  struct Entry {
    std::optional<Region> region;  ///< nullopt: the whole data set
    std::shared_ptr<const GridData> data;
  };

  static bool contains(const std::optional<Region>& outer, const std::optional<Region>& inner) {
    if (!outer || !inner) return !outer;
    bool result = true;
    for (std::size_t a = 0; a < 3; ++a)
      result = result && outer->lower[a] <= inner->lower[a] && inner->upper[a] <= outer->upper[a];
    return result;
  }

  Reader reader_;
  std::map<std::pair<GridSource, int>, Entry> cache_;
};

}  // namespace tessera::input
