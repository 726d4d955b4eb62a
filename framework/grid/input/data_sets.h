// A cache of data sets.
#pragma once

#include "grid/input/grid_data.h"

#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace tessera::input {

/// Reads data sets and keeps them in memory. Copies share the data sets read so far.
class DataSets {
 public:
  using Reader = std::function<GridData(const GridSource& source, int dimensions)>;

  explicit DataSets(Reader reader = GridData::read) : reader_{std::move(reader)} {}

  /// Returns a data set, reading it if it is not in memory yet. Throws what the reader throws; a failed read
  /// is not cached, so the next call tries again.
  std::shared_ptr<const GridData> get(const GridSource& source, int dimensions) {
    const std::pair key{source, dimensions};
    if (const auto found = read_.find(key); found != read_.end()) return found->second;
    auto data = std::make_shared<const GridData>(reader_(source, dimensions));
    read_.emplace(key, data);
    return data;
  }

  /// Removes a data set from the cache.
  void drop(const GridSource& source, int dimensions) { read_.erase({source, dimensions}); }

  bool empty() const { return read_.empty(); }

 private:
  Reader reader_;
  std::map<std::pair<GridSource, int>, std::shared_ptr<const GridData>> read_;
};

}  // namespace tessera::input
