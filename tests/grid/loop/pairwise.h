// Pairwise testing of job settings that must not affect the results.
#pragma once

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

/// Overrides for one run of a job.
using Overrides = std::vector<std::string>;

/// Chooses combinations of one override per factor. Greedy: stops once any two overrides of different factors
/// occur together in some combination, or after `max_count` combinations. The result is the same on all
/// ranks.
inline std::vector<Overrides> pairwise_combinations(const std::vector<std::vector<std::string>>& factors,
                                                    std::size_t max_count, unsigned seed) {
  using Pair = std::tuple<std::size_t, std::size_t, std::size_t, std::size_t>;
  using Choice = std::vector<std::size_t>;
  std::set<Pair> uncovered_pairs;
  for (std::size_t f = 0; f < factors.size(); ++f) {
    for (std::size_t g = f + 1; g < factors.size(); ++g) {
      for (std::size_t i = 0; i < factors[f].size(); ++i) {
        for (std::size_t j = 0; j < factors[g].size(); ++j) uncovered_pairs.insert({f, i, g, j});
      }
    }
  }
  const auto pairs_of = [](const Choice& choice) {
    std::vector<Pair> pairs;
    for (std::size_t f = 0; f < choice.size(); ++f) {
      for (std::size_t g = f + 1; g < choice.size(); ++g) pairs.emplace_back(f, choice[f], g, choice[g]);
    }
    return pairs;
  };
  std::mt19937 random{seed};
  std::vector<Overrides> combinations;
  while (!uncovered_pairs.empty() && combinations.size() < max_count) {
    Choice best;
    std::ptrdiff_t best_count = -1;
    for (int n = 0; n < 60; ++n) {
      Choice choice;
      for (const auto& factor : factors) choice.push_back(random() % factor.size());
      const std::vector<Pair> pairs = pairs_of(choice);
      const auto count = std::count_if(pairs.begin(), pairs.end(),
                                       [&](const Pair& p) { return uncovered_pairs.contains(p); });
      if (count > best_count) {
        best_count = count;
        best = choice;
      }
    }
    for (const Pair& p : pairs_of(best)) uncovered_pairs.erase(p);
    Overrides& overrides = combinations.emplace_back();
    for (std::size_t f = 0; f < factors.size(); ++f) overrides.push_back(factors[f][best[f]]);
  }
  return combinations;
}

/// Returns the overrides as one line of text.
inline std::string to_text(const Overrides& overrides) {
  std::string text;
  for (const std::string& o : overrides) text += (text.empty() ? "" : " ") + o;
  return text;
}
