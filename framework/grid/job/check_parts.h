// The parts of check(): one a section. For the sources of this folder alone.
#pragma once

#include "grid/input/data_sets.h"
#include "grid/job/job_spec.h"
#include "grid/job/section.h"

#include <optional>
#include <string>
#include <variant>

namespace tessera::grid {

/// A job in the making, and what of it is sound enough for later parts to build on.
struct Draft {
  JobSpec spec;
  int dimensions = 0;  ///< 0: unknown
  bool box = false;    ///< lower and upper are right
  bool cells = false;  ///< cells are right
};

void check_domain(Context& context, Draft& draft, double memory_limit);
void check_boundary(const Section& domain, Draft& draft);
/// `data_sets`: reads the data sets; nullptr: their files are not opened.
void check_initial(Context& context, Draft& draft, input::DataSets* data_sets);
void check_time(Context& context, Draft& draft);
void check_probes(Context& context, Draft& draft);
void check_output(Context& context, Draft& draft);
void check_performance(Context& context, Draft& draft);
void check_monitoring(Context& context, Draft& draft);

/// A number or a formula in formula_variables().
std::optional<std::variant<double, FormulaText>> read_value(Context& context, const job::Node& node,
                                                            const std::string& key, const std::string& name);

/// What an array for a field of several components should look like, or nullptr for a single value.
/// Complains and gives false when the value's shape does not suit the field.
bool has_shape_of(Context& context, const job::Node& node, const solver::FieldSchema& field,
                  const std::string& key);

}  // namespace tessera::grid
