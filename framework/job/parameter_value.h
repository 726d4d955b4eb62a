// One value of a parameter, in a job or in a CSV file.
#pragma once

#include "job/csv_columns.h"
#include "job/node.h"
#include "job/parameters.h"
#include "job/section.h"

#include <string>

namespace tessera::job {

/// The value that a parameter expects: "a number in m", "an integer", "true or false", "a string".
std::string expected_value(const ParameterSchema& parameter);

/// Appends the value in `node` to `values`, or reports why it is not allowed. `key`: its dotted path.
void read_value(Context& context, const Node& node, const std::string& key, const ParameterSchema& parameter,
                ParameterValues& values);

/// Appends the value in a field of a CSV file, multiplied by `factor`, to `values`. Throws base::Error
/// (bad_data) with the location in the file if it is not allowed.
void read_value(const CsvColumns& csv, const table::CsvField& field, double factor,
                const ParameterSchema& parameter, ParameterValues& values);

/// Returns an array node of the values of a list or a column.
Node array_of(const ParameterSchema& parameter, const ParameterValues& values);

}  // namespace tessera::job
