#include "grid/loop/poison.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

namespace tessera::loop {

namespace {

template <class T>
using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

template <class T>
constexpr Bits<T> poison_bits() {
  if constexpr (sizeof(T) == 8) {
    return 0x7ff8'7e55'e2a0'bad0;
  } else {
    return 0x7fce'bad0;
  }
}

template <class T>
bool is_poison(T value) {
  constexpr Bits<T> sign = Bits<T>{1} << (8 * sizeof(T) - 1);
  return (std::bit_cast<Bits<T>>(value) & ~sign) == poison_bits<T>();
}

template <class T>
void fill_with(const field::FieldView& view, const grid::Box& cells, T value) {
  for (int c = 0; c < view.components; ++c) {
    for_each_index(cells, [&](const grid::Index& i) { *view.at<T>(i, c) = value; });
  }
}

/// The first element whose value satisfies `condition`, which must be a generic callable; nullopt if there is
/// none.
template <class F>
std::optional<Element> find(const field::ConstFieldView& view, const grid::Box& cells, F condition) {
  std::optional<Element> found;
  field::with_scalar(view.scalar, [&](auto zero) {
    using T = decltype(zero);
    for (int c = 0; c < view.components; ++c) {
      for_each_index(cells, [&](const grid::Index& i) {
        if (!found && condition(*view.at<T>(i, c))) found = Element{i, c};
      });
    }
  });
  return found;
}

}  // namespace

void poison(const field::FieldView& view, const grid::Box& cells) {
  field::with_scalar(view.scalar, [&](auto zero) {
    using T = decltype(zero);
    fill_with(view, cells, std::bit_cast<T>(poison_bits<T>()));
  });
}

void fill(const field::FieldView& view, const grid::Box& cells, double value) {
  field::with_scalar(view.scalar,
                     [&](auto zero) { fill_with(view, cells, static_cast<decltype(zero)>(value)); });
}

void replace_poison(const field::FieldView& view, const grid::Box& cells, double value) {
  field::with_scalar(view.scalar, [&](auto zero) {
    using T = decltype(zero);
    for (int c = 0; c < view.components; ++c) {
      for_each_index(cells, [&](const grid::Index& i) {
        if (is_poison(*view.at<T>(i, c))) *view.at<T>(i, c) = static_cast<T>(value);
      });
    }
  });
}

std::optional<Element> find_poison(const field::ConstFieldView& view, const grid::Box& cells) {
  return find(view, cells, [](auto value) { return is_poison(value); });
}

std::optional<Element> find_nan(const field::ConstFieldView& view, const grid::Box& cells) {
  return find(view, cells, [](auto value) { return std::isnan(value); });
}

}  // namespace tessera::loop
