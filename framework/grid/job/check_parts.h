// The parts of check(). Private to this folder.
#pragma once

#include "grid/input/data_sets.h"
#include "grid/job/job_spec.h"
#include "grid/job/section.h"
#include "job/attachments.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tessera::grid {

/// A job under construction, with flags that state which of its values are valid. Later checks that depend on
/// these values test the flags.
struct Draft {
  JobSpec spec;
  int dimensions = 0;       ///< 0: unknown
  bool has_bounds = false;  ///< whether lower and upper are valid
  bool has_cells = false;   ///< whether cells is valid
  job::Attachments attachments;
};

void check_domain(Context& context, Draft& draft);
void check_boundary(const Section& domain, Draft& draft);
/// Reads data sets through `data_sets`; if it is nullptr, the files with data sets are not opened.
void check_initial(Context& context, Draft& draft, input::DataSets* data_sets);
void check_time(Context& context, Draft& draft);
void check_probes(Context& context, Draft& draft);
/// Reads [[probes.region]].
void check_regions(const Section& probes, Draft& draft);
/// Reads [[probes.transect]].
void check_transects(const Section& probes, Draft& draft);
/// Reads the `name` of a table, which must differ from `others`. `noun`: what is named, in the plural;
/// `example`: a name. Returns an empty text if the name is missing or invalid.
std::string read_name(const Section& table, const std::string& noun, const std::string& example,
                      const std::vector<std::string>& others);
void check_output(Context& context, Draft& draft);
/// Reads [[output.statistic]] and adds the fields of the statistics to the schema of the context.
void check_statistics(const Section& output, Draft& draft);
/// Whether `text` can only be meant as the name of a field, and not as a formula.
bool is_field_name(const std::string& text, const solver::SolverSchema& schema);
/// Adds the statistics to the fields that are written, once the fields, formats and images are known.
void check_statistic_outputs(const Section& output, Draft& draft);
void check_performance(Context& context, Draft& draft);
void check_monitoring(Context& context, Draft& draft);

/// Returns the data sets that a table describes, in order of preference. Reports problems, also those of the
/// files, which are read through `data_sets`, unless it is nullptr. `key`: dotted path of the table; `field`:
/// the field that gets the values; `component`: which component, if the table describes all of them.
std::optional<input::GridSources> check_data(Context& context, const job::Node& node, const std::string& key,
                                             const solver::FieldSchema& field,
                                             std::optional<input::Component> component, const Draft& draft,
                                             input::DataSets* data_sets);

/// A key of a data set, and the location of its value.
struct DataKey {
  const char* key;
  job::Location location;
};

/// Reads the part of a data set that covers the domain, to report problems before the run starts. `file`,
/// `dataset`: the keys of its file and its name, where problems are reported.
void check_dataset(const Section& source, const input::GridSource& from, const Draft& draft,
                   const DataKey& file, const DataKey& dataset, input::DataSets& data_sets);

/// Returns the data set of a field in the newest field file of another run. `source`: a table with the key
/// `run`; `from`: its other properties; the other arguments as for check_data().
std::optional<input::GridSources> check_run_data(const Section& source, input::GridSource from,
                                                 const solver::FieldSchema& field, const Draft& draft,
                                                 input::DataSets* data_sets);

/// Returns the number in `node`, or the formula, which may use formula_variables(). If `node` contains
/// neither, reports a problem and returns nullopt. `key`: dotted path of the key; `name`: name of the field,
/// for messages; `noise`: whether the formula may call noise().
std::optional<std::variant<double, FormulaText>> read_value(Context& context, const job::Node& node,
                                                            const std::string& key, const std::string& name,
                                                            Noise noise);

/// Whether a value matches the shape of a field: a single value if the field has one component, otherwise an
/// array with one entry per component. Reports a problem if it does not.
bool check_shape(Context& context, const job::Node& node, const solver::FieldSchema& field,
                 const std::string& key);

}  // namespace tessera::grid
