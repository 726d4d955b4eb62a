#include "reduction/reducer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace tessera::reduction {

namespace {
constexpr std::int64_t nan_key = std::numeric_limits<std::int64_t>::min();
}

std::int64_t ordered_key(double value) {
  if (std::isnan(value)) return nan_key;
  const auto bits = std::bit_cast<std::int64_t>(value);
  // As integers, negative doubles are in reverse order. Flipping all bits except the sign bit corrects this.
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
  keys_.push_back(ordered_key(std::numeric_limits<double>::infinity()));
  key_results_ = keys_;
  return static_cast<int>(keys_.size()) - 1;
}

void Reducer::include_minimum(int index, double value) {
  auto& key = keys_[static_cast<std::size_t>(index)];
  key = std::min(key, ordered_key(value));
}

void Reducer::reduce(const transport::Communicator& comm) {
  words_.clear();
  for (const base::ExactSum& s : sums_) {
    const auto words = s.words();
    words_.insert(words_.end(), words.begin(), words.end());
  }
  if (!words_.empty()) comm.allreduce_sum(std::span<std::int64_t>{words_});
  for (std::size_t n = 0; n < sums_.size(); ++n) {
    base::ExactSum::Words words{};
    std::copy_n(words_.begin() + static_cast<std::ptrdiff_t>(n * words.size()), words.size(), words.begin());
    sum_results_[n] = base::ExactSum::from_words(words).value();
    sums_[n] = {};
  }
  key_results_ = keys_;
  if (!keys_.empty()) comm.allreduce_min(std::span<std::int64_t>{key_results_});
  std::fill(keys_.begin(), keys_.end(), ordered_key(std::numeric_limits<double>::infinity()));
}

double Reducer::minimum_result(int index) const {
  return value_of_key(key_results_[static_cast<std::size_t>(index)]);
}

double Reducer::maximum_result(int index) const {
  const double negated = minimum_result(index);
  return std::isnan(negated) ? negated : -negated;  // "nan", not "-nan"
}

double allreduce_min(const transport::Communicator& comm, double value) {
  std::int64_t key = ordered_key(value);
  comm.allreduce_min(std::span<std::int64_t>{&key, 1});
  return value_of_key(key);
}

}  // namespace tessera::reduction
