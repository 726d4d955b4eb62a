// Reads lists, tables and series of parameters. Private to this folder.
#pragma once

#include "job/attachments.h"
#include "job/parameters.h"
#include "job/section.h"

#include <span>
#include <string>
#include <vector>

namespace tessera::job {

/// A table: its columns, and where their values go, in the order of declaration.
struct TableColumns {
  std::string name;
  std::vector<const ParameterSchema*> columns;
  std::vector<ParameterValues*> values;
};

/// Reads the list `p` from its key in `parameters`: an array, or a column of a CSV file.
void read_list(const Section& parameters, const ParameterSchema& p, ParameterValues& values,
               Attachments& attachments);

/// Reads the series `p` from its key in `parameters`: a constant, or a series in the job or in a CSV file.
void read_series_parameter(const Section& parameters, const ParameterSchema& p, ParameterValues& values,
                           Attachments& attachments);

/// Reads a table from its key in `parameters`: an array of tables, one per row; a table of arrays, one per
/// column; or a CSV file.
void read_table(const Section& parameters, const TableColumns& table, Attachments& attachments);

/// Appends the value of `p` in `section`, or the default value, to `values`. Reports a problem if the value
/// is invalid, or if it is missing and has no default.
void read_parameter(const Section& section, const ParameterSchema& p, ParameterValues& values);

/// Reports that the value of `key` in `section` has a number of elements that is not allowed. `elements`:
/// what is counted, such as "row".
void check_count(const Section& section, const std::string& key, const ParameterSchema& p, std::size_t count,
                 const std::string& elements);

}  // namespace tessera::job
