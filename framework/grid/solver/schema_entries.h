// The entries of a plugin's tables, read and checked one by one.
#pragma once

#include "grid/solver/findings.h"
#include "grid/solver/solver_schema.h"

#include <optional>
#include <string>
#include <vector>

#include <tessera/solver.h>

namespace tessera::solver {

/// "" for NULL.
std::string text_of(const char* text);

/// Each reads one entry and adds its mistakes to `findings`; the result is then of no use. `fields`: those of
/// the solver. Names are checked by the caller.
job::ParameterSchema read_parameter(const tessera_parameter& p, Findings& findings);
FieldSchema read_field(const tessera_field& f, Findings& findings);
StageSchema read_stage(const tessera_stage& s, const std::vector<FieldSchema>& fields, Findings& findings);
DiagnosticSchema read_diagnostic(const tessera_diagnostic& d, const std::vector<FieldSchema>& fields,
                                 Findings& findings);

}  // namespace tessera::solver
