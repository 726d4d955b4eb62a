// Checks a shared library before it is loaded.
#pragma once

#include <string>

namespace tessera::plugin {

/// Finds what the dynamic loader does not check, or reports unclearly: a library for another kind of
/// processor, and a file that ends early, which would end this process with SIGBUS. Returns the defect as a
/// predicate, such as "is incomplete: ..."; empty if there is none, or if the file is no ELF file, which the
/// loader reports.
std::string find_defect(const std::string& file);

}  // namespace tessera::plugin
