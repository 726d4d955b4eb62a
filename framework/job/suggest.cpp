#include "job/suggest.h"

#include "base/utf8.h"

#include <algorithm>
#include <vector>

namespace tessera::job {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t columns = b.size() + 1;
  std::vector<std::size_t> two_above(columns);
  std::vector<std::size_t> above(columns);
  std::vector<std::size_t> row(columns);
  for (std::size_t j = 0; j < columns; ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j < columns; ++j) {
      const std::size_t substituted = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, substituted});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], two_above[j - 2] + 1);
      }
    }
    std::swap(two_above, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::optional<std::string> suggest(std::string_view word, std::span<const std::string> candidates) {
  constexpr std::size_t max_bytes = 64;  // limits the cost for long words
  if (word.empty() || word.size() > max_bytes) return std::nullopt;
  const std::string lower_word = base::lower_case(word);
  std::size_t limit = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::optional<std::string> closest;
  for (const std::string& c : candidates) {
    if (c.size() > max_bytes) continue;
    const std::size_t d = edit_distance(lower_word, base::lower_case(c));
    // If every letter differs, the candidate is a different word.
    if (d < limit && d < std::max(word.size(), c.size())) {
      limit = d;
      closest = c;
    }
  }
  return closest;
}

}  // namespace tessera::job
