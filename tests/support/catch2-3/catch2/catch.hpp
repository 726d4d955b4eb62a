// Provides the names of Catch2 2 on top of Catch2 3, for systems that have only version 3. CMake adds this
// folder to the include path of the tests if it finds Catch2 3.
#pragma once

#include <catch2/catch_all.hpp>

namespace Catch {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Predicate;

/// Matches strings that contain `part`.
inline Matchers::StringContainsMatcher Contains(const std::string& part) { return ContainsSubstring(part); }

}  // namespace Catch

using Catch::Approx;
