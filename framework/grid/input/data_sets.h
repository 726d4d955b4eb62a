// A cache of data sets.
#pragma once

#include "grid/input/data_survey.h"
#include "grid/input/grid_data.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace tessera::input {

/// Reads data sets and keeps in memory those that are small, or must be read at once, and what is known about
/// all of them. Copies of an object share the data sets read so far.
class DataSets {
 public:
  using Reader =
      std::function<GridData(const GridSource& source, int dimensions, const std::optional<Region>& region)>;

  /// Reads from files.
  DataSets();
  /// Gets all data sets from `reader`, and keeps them.
  explicit DataSets(Reader reader);

  /// Returns a data set, or at least its part around `region`, reading it first if it is not in memory.
  /// Throws any exception that the reader throws. A failed read is not cached, so the next call tries again.
  std::shared_ptr<const GridData> get(const GridSource& source, int dimensions,
                                      const std::optional<Region>& region = std::nullopt);

  /// Returns what is known about a data set, or about its part around `region`. Reads it first if it is not
  /// known. Throws as get() does.
  const DataSurvey& survey(const GridSource& source, int dimensions,
                           const std::optional<Region>& region = std::nullopt);

  /// Returns what survey() has found out, for any region; nullptr if it was not called.
  const DataSurvey* known(const GridSource& source, int dimensions) const;

  /// Whether a data set, or a part of it, is in memory.
  bool holds(const GridSource& source, int dimensions) const;

  /// Removes a data set from the cache, and all that is known about it.
  void drop(const GridSource& source, int dimensions);

  bool empty() const { return cache_.empty() && surveys_.empty(); }
  /// Size in bytes of the data sets in memory.
  double bytes() const;
  /// Size in bytes, as doubles, of the largest data set that is known, but not in memory.
  double largest_bytes_left() const;

 private:
  using Key = std::pair<GridSource, int>;
  using Surveyor = std::function<SurveyedData(const GridSource& source, int dimensions,
                                              const std::optional<Region>& region)>;
  template <class T>
  struct Entry {
    std::optional<Region> region;  ///< nullopt: the whole data set
    std::shared_ptr<const T> value;
  };
  template <class T>
  using Cache = std::map<Key, Entry<T>>;

  Reader reader_;
  Surveyor surveyor_;
  Cache<GridData> cache_;
  Cache<DataSurvey> surveys_;
};

}  // namespace tessera::input
