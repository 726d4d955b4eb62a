// What a job takes from other files.
#pragma once

#include "job/section.h"
#include "job/time_series.h"

#include <string>
#include <vector>

namespace tessera::job {

/// A series of values over time in the job, and where it is.
struct UsedSeries {
  Location location;  ///< of the name of the file or the times
  std::string key;
  StoredSeries stored;
};

/// The series and tables of a job, collected while its sections are checked.
class Attachments {
 public:
  /// Adds a series, which must cover the time of the run.
  void add_series(UsedSeries series) { series_.push_back(std::move(series)); }
  /// Adds the values of `node`, a node of the document that names a file.
  void add_values(const Node& node, Node values) { values_.push_back({&node, std::move(values)}); }

  /// Reports series that do not cover the time from 0 to `end`, in seconds.
  void check_times(Context& context, double end) const;
  /// Returns the job as TOML, with all values in place of the names of their files, so that the text suffices
  /// to continue the run. Reports a job that is too large.
  std::string text(Context& context) const;

 private:
  struct Values {
    const Node* node = nullptr;
    Node values;
  };
  /// Returns a copy of `node` in which the values replace the nodes that name files.
  Node with_values(const Node& node) const;

  std::vector<UsedSeries> series_;
  std::vector<Values> values_;
};

/// Returns the series that a table describes. Reports problems, also those of its file. `key`: dotted path of
/// the table. Adds the series to `attachments`.
std::optional<TimeSeries> check_series(Context& context, const Node& node, const std::string& key,
                                       const SeriesRules& rules, Attachments& attachments);

/// Returns an array node of real numbers.
Node array_of(const std::vector<double>& numbers);

}  // namespace tessera::job
