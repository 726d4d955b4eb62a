// Fills memory with a special NaN, to detect whether its content affects results.
#pragma once

#include "grid/field/field_view.h"
#include "grid/geometry/box.h"

#include <optional>

namespace tessera::loop {

/// One value of a field in a brick; local indices.
struct Element {
  grid::Index cell;
  int component = 0;
};

/// Fills `cells` of all components with a quiet NaN whose payload no computation produces.
void poison(const field::FieldView& view, const grid::Box& cells);

/// Fills `cells` of all components with `value`, rounded to the precision of the field.
void fill(const field::FieldView& view, const grid::Box& cells, double value);

/// Replaces each element of `cells` that holds the poison with `value`, rounded to the precision of the
/// field.
void replace_poison(const field::FieldView& view, const grid::Box& cells, double value);

/// The first element that holds the poison, with either sign; nullopt if there is none.
std::optional<Element> find_poison(const field::ConstFieldView& view, const grid::Box& cells);

/// The first element that is a NaN of any kind; nullopt if there is none.
std::optional<Element> find_nan(const field::ConstFieldView& view, const grid::Box& cells);

}  // namespace tessera::loop
