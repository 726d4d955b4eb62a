// Data sets that have been read, each once.
#pragma once

#include "grid/input/grid_data.h"

#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace tessera::input {

/// Reads data sets and keeps them in memory. Copies share what has been read so far.
class DataSets {
 public:
  using Reader = std::function<GridData(const GridSource& source, int dimensions)>;

  explicit DataSets(Reader reader = GridData::read) : reader_{std::move(reader)} {}

  /// A data set, which is read if it is not here yet. Throws as GridData::read(); what could not be read will
  /// be tried again.
  std::shared_ptr<const GridData> get(const GridSource& source, int dimensions) {
    const std::pair key{source, dimensions};
    if (const auto found = read_.find(key); found != read_.end()) return found->second;
    auto data = std::make_shared<const GridData>(reader_(source, dimensions));
    read_.emplace(key, data);
    return data;
  }

  /// Lets go of a data set.
  void drop(const GridSource& source, int dimensions) { read_.erase({source, dimensions}); }

  bool empty() const { return read_.empty(); }

 private:
  Reader reader_;
  std::map<std::pair<GridSource, int>, std::shared_ptr<const GridData>> read_;
};

}  // namespace tessera::input
