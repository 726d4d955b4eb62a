// Checks a shared library before it is loaded.
#pragma once

#include <string>

namespace tessera::plugin {

/// Finds defects that the dynamic loader does not detect or reports unclearly: a library for another kind of
/// processor or with instruction sets that this processor lacks, and a truncated file, which would end this
/// process with SIGBUS. Returns the defect as a predicate, such as "is incomplete: ...". Returns an empty
/// string if there is none, or if the file is not an ELF file, which the loader reports.
std::string find_defect(const std::string& file);

}  // namespace tessera::plugin
