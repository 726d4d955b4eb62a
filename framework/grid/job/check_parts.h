// The parts of check(), one per section of a job. Private to this folder.
#pragma once

#include "grid/input/data_sets.h"
#include "grid/job/job_spec.h"
#include "grid/job/section.h"

#include <optional>
#include <string>
#include <variant>

namespace tessera::grid {

/// A job being built, and which of its values are valid, for later checks that depend on them.
struct Draft {
  JobSpec spec;
  int dimensions = 0;       ///< 0: unknown
  bool has_bounds = false;  ///< lower and upper are valid
  bool has_cells = false;   ///< cells are valid
};

void check_domain(Context& context, Draft& draft, double memory_limit);
void check_boundary(const Section& domain, Draft& draft);
/// Reads the data sets through `data_sets`; if it is nullptr, their files are not opened.
void check_initial(Context& context, Draft& draft, input::DataSets* data_sets);
void check_time(Context& context, Draft& draft);
void check_probes(Context& context, Draft& draft);
void check_output(Context& context, Draft& draft);
void check_performance(Context& context, Draft& draft);
void check_monitoring(Context& context, Draft& draft);

/// The number in `node`, or the formula in it, which may use formula_variables(). Reports a problem and
/// returns nullopt if `node` contains neither. `key`: dotted path of the key; `name`: the field, for
/// messages.
std::optional<std::variant<double, FormulaText>> read_value(Context& context, const job::Node& node,
                                                            const std::string& key, const std::string& name);

/// Whether a value has the shape of a field: a single value for one component, else an array with one entry
/// per component. Reports a problem if not.
bool has_shape_of(Context& context, const job::Node& node, const solver::FieldSchema& field,
                  const std::string& key);

}  // namespace tessera::grid
