// Fills memory with a special NaN, to detect whether the contents affect results.
#pragma once

#include "grid/field/field_view.h"
#include "grid/geometry/box.h"

#include <optional>

namespace tessera::loop {

/// Identifies one value of a field in a brick.
struct Element {
  grid::Index cell;  ///< local indices
  int component = 0;
};

/// Fills `cells` of all components with the poison: a quiet NaN with a payload that no computation produces.
void poison(const field::FieldView& view, const grid::Box& cells);

/// Fills `cells` of all components with `value`, rounded to the precision of the field.
void fill(const field::FieldView& view, const grid::Box& cells, double value);

/// Replaces the poison in `cells` of all components with `value`, rounded to the precision of the field.
void replace_poison(const field::FieldView& view, const grid::Box& cells, double value);

/// The first element of `cells` that contains the poison, with either sign; nullopt if there is none.
std::optional<Element> find_poison(const field::ConstFieldView& view, const grid::Box& cells);

/// The first element of `cells` that is any kind of NaN; nullopt if there is none.
std::optional<Element> find_nan(const field::ConstFieldView& view, const grid::Box& cells);

}  // namespace tessera::loop
