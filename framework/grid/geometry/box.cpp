#include "grid/geometry/box.h"

namespace tessera::grid {

std::vector<Box> difference(const Box& whole, const Box& hole) {
  if (whole.empty()) return {};
  const Box cut = intersection(whole, hole);
  if (cut.empty()) return {whole};
  std::vector<Box> pieces;
  Box rest = whole;
  for (int axis = 2; axis >= 0; --axis) {
    Box below = rest;
    below.upper[axis] = cut.lower[axis];
    if (!below.empty()) pieces.push_back(below);
    Box above = rest;
    above.lower[axis] = cut.upper[axis];
    if (!above.empty()) pieces.push_back(above);
    rest.lower[axis] = cut.lower[axis];
    rest.upper[axis] = cut.upper[axis];
  }
  return pieces;
}

std::string to_string(const Box& box, int dimensions) {
  std::string text;
  for (int axis = 0; axis < dimensions; ++axis) {
    if (axis > 0) text += 'x';
    text += '[' + std::to_string(box.lower[axis]) + ',' + std::to_string(box.upper[axis]) + ')';
  }
  return text;
}

std::string to_string(const Index& index, int dimensions) {
  std::string text;
  for (int axis = 0; axis < dimensions; ++axis) text += (axis > 0 ? ", " : "(") + std::to_string(index[axis]);
  return text + ")";
}

}  // namespace tessera::grid
