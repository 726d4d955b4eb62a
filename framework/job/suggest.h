// Did you mean ...?
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tessera::job {

/// Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, substitutions and
/// swaps of neighbours, in bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate closest to `word`, if it is close enough to be meant: at most a third of the word's letters
/// differ (one letter in short words), ignoring case. Of equally close candidates, the first.
std::optional<std::string> suggest(std::string_view word, std::span<const std::string> candidates);

}  // namespace tessera::job
