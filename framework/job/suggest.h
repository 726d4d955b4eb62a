// Suggestions for misspelled words.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tessera::job {

/// Damerau-Levenshtein distance (optimal string alignment): the number of insertions, deletions and
/// substitutions of bytes, and transpositions of adjacent bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Returns the candidate closest to `word`, or the first of several equally close ones; nullopt if none is
/// close enough. Ignores case. The edit distance may be at most a third of the length of `word`, or 1 if
/// `word` is short.
std::optional<std::string> suggest(std::string_view word, std::span<const std::string> candidates);

}  // namespace tessera::job
