#include "reduction/reducer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace tessera::reduction {

namespace {
constexpr std::int64_t nan_key = std::numeric_limits<std::int64_t>::min();
constexpr double infinity = std::numeric_limits<double>::infinity();
}  // namespace

std::int64_t ordered_key(double value) {
  if (std::isnan(value)) return nan_key;
  const auto bits = std::bit_cast<std::int64_t>(value);
  // Negative doubles order backwards as integers; flipping all but the sign bit turns them round.
  return bits >= 0 ? bits : bits ^ std::numeric_limits<std::int64_t>::max();
}

double value_of_key(std::int64_t key) {
  if (key == nan_key) return std::numeric_limits<double>::quiet_NaN();
  return std::bit_cast<double>(key >= 0 ? key : key ^ std::numeric_limits<std::int64_t>::max());
}

int Reducer::add_sum() {
  sums_.emplace_back();
  sum_results_.push_back(0.0);
  return static_cast<int>(sums_.size()) - 1;
}

int Reducer::add_minimum() {
  minima_.push_back(ordered_key(infinity));
  minimum_results_.push_back(infinity);
  return static_cast<int>(minima_.size()) - 1;
}

int Reducer::add_maximum() {
  maxima_.push_back(ordered_key(infinity));
  maximum_results_.push_back(-infinity);
  return static_cast<int>(maxima_.size()) - 1;
}

void Reducer::lower(int number, double value) {
  auto& key = minima_[static_cast<std::size_t>(number)];
  key = std::min(key, ordered_key(value));
}

void Reducer::raise(int number, double value) {
  auto& key = maxima_[static_cast<std::size_t>(number)];
  key = std::min(key, ordered_key(-value));
}

void Reducer::reduce(const transport::Communicator& comm) {
  words_.clear();
  for (const base::ExactSum& s : sums_) {
    const auto words = s.words();
    words_.insert(words_.end(), words.begin(), words.end());
  }
  if (!words_.empty()) comm.sum(std::span<std::int64_t>{words_});
  for (std::size_t n = 0; n < sums_.size(); ++n) {
    base::ExactSum::Words words{};
    std::copy_n(words_.begin() + static_cast<std::ptrdiff_t>(n * words.size()), words.size(), words.begin());
    sum_results_[n] = base::ExactSum::from_words(words).value();
    sums_[n] = {};
  }

  std::vector<std::int64_t> keys = minima_;
  keys.insert(keys.end(), maxima_.begin(), maxima_.end());
  if (!keys.empty()) comm.smallest(std::span<std::int64_t>{keys});
  for (std::size_t n = 0; n < minima_.size(); ++n) minimum_results_[n] = value_of_key(keys[n]);
  for (std::size_t n = 0; n < maxima_.size(); ++n) {
    const double negated = value_of_key(keys[minima_.size() + n]);
    maximum_results_[n] = std::isnan(negated) ? negated : -negated;  // "nan", not "-nan"
  }
  std::fill(minima_.begin(), minima_.end(), ordered_key(infinity));
  std::fill(maxima_.begin(), maxima_.end(), ordered_key(infinity));
}

double global_minimum(const transport::Communicator& comm, double value) {
  std::int64_t key = ordered_key(value);
  comm.smallest(std::span<std::int64_t>{&key, 1});
  return value_of_key(key);
}

}  // namespace tessera::reduction
