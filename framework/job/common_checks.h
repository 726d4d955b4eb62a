// Checks of the sections that all kinds of jobs have.
#pragma once

#include "job/header.h"
#include "job/parameters.h"
#include "job/section.h"

#include <span>
#include <string>
#include <vector>

namespace tessera::job {

/// Reports sections of the document that are not in `names`.
void check_sections(Context& context, std::span<const std::string> names);

/// Checks [job] and sets the name and the solver.
void check_job(Context& context, Header& header);

/// Checks the key `directory` of [output].
void check_directory(const Section& output, Header& header);

/// Checks [checkpoint].
void check_checkpoint(Context& context, CheckpointSpec& spec);

/// Checks [log].
void check_log(Context& context, LogSpec& spec);

/// Checks [parameters]. Returns the values of the parameters that a plugin declares, one entry per element of
/// `schema`, in the same order. Reports missing and invalid values, and omits them from their entry.
std::vector<ParameterValues> check_parameters(Context& context, std::span<const ParameterSchema> schema);

}  // namespace tessera::job
