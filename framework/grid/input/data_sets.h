// A cache of data sets.
#pragma once

#include "grid/input/grid_data.h"

#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace tessera::input {

/// Reads data sets and keeps them in memory. Copies of an object share the data sets read so far.
class DataSets {
 public:
  using Reader = std::function<GridData(const GridSource& source, int dimensions)>;

  explicit DataSets(Reader reader = GridData::read) : reader_{std::move(reader)} {}

  /// Returns a data set, reading it first if it is not in memory. Throws any exception that the reader
  /// throws. A failed read is not cached, so the next call tries again.
  std::shared_ptr<const GridData> get(const GridSource& source, int dimensions) {
    const std::pair key{source, dimensions};
    if (const auto found = cache_.find(key); found != cache_.end()) return found->second;
    auto data = std::make_shared<const GridData>(reader_(source, dimensions));
    cache_.emplace(key, data);
    return data;
  }

  /// Removes a data set from the cache.
  void drop(const GridSource& source, int dimensions) { cache_.erase({source, dimensions}); }

  bool empty() const { return cache_.empty(); }

 private:
  Reader reader_;
  std::map<std::pair<GridSource, int>, std::shared_ptr<const GridData>> cache_;
};

}  // namespace tessera::input
