// Checks the sections of a job file that are common to all kinds of jobs.
#pragma once

#include "job/attachments.h"
#include "job/header.h"
#include "job/parameters.h"
#include "job/section.h"

#include <span>
#include <string>
#include <vector>

namespace tessera::job {

/// Reports every section of the document whose name is not in `names`. `more_hints`: keys that the kind of
/// job or the solver defines, in addition to the key hints of the context.
void check_sections(Context& context, std::span<const std::string> names,
                    std::span<const KeyHint> more_hints = {});

/// Checks [job], and sets `header.name` and `header.solver`.
void check_job(Context& context, Header& header);

/// Checks the key `directory` in [output], and sets `header.output_directory`.
void check_output_directory(const Section& output, Header& header);

/// Checks [checkpoint] and fills in `spec`.
void check_checkpoint(Context& context, CheckpointSpec& spec);

/// Checks [log] and fills in `spec`.
void check_log(Context& context, LogSpec& spec);

/// Checks [parameters] against `schema`, the parameters that a plugin declares. Returns the values, with one
/// entry per element of `schema`, in the same order. Missing and invalid values are reported, and omitted
/// from their entry. Adds the values of lists, tables and series that are in files to `attachments`.
std::vector<ParameterValues> check_parameters(Context& context, std::span<const ParameterSchema> schema,
                                              Attachments& attachments);

}  // namespace tessera::job
