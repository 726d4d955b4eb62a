#include "base/text.h"
#include "grid/job/check_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tessera::grid {

namespace {

struct FaceName {
  const char* name;
  int axis;
  int side;  // 0: lower, 1: upper, 2: both
};
constexpr std::array face_names{
    FaceName{"x", 0, 2},       FaceName{"y", 1, 2},       FaceName{"z", 2, 2},
    FaceName{"x_lower", 0, 0}, FaceName{"x_upper", 0, 1}, FaceName{"y_lower", 1, 0},
    FaceName{"y_upper", 1, 1}, FaceName{"z_lower", 2, 0}, FaceName{"z_upper", 2, 1},
    FaceName{"west", 0, 0},    FaceName{"east", 0, 1},    FaceName{"south", 1, 0},
    FaceName{"north", 1, 1},   FaceName{"bottom", 2, 0},  FaceName{"top", 2, 1}};
constexpr std::array<const char*, 3> axis_names{"x", "y", "z"};

// The node that sets each face, and the name of its key, indexed by axis and side.
struct Faces {
  std::array<std::array<const job::Node*, 2>, 3> nodes{};
  std::array<std::array<std::string, 2>, 3> keys{};
};

std::optional<BoundaryKind> read_kind(Context& context, const job::Node& node, const std::string& key) {
  const std::array<std::string, 4> names{"periodic", "outflow", "wall", "custom"};
  constexpr std::array<BoundaryKind, 4> kinds{BoundaryKind::periodic, BoundaryKind::outflow,
                                              BoundaryKind::wall, BoundaryKind::custom};
  const auto name = std::find(names.begin(), names.end(), node.text);
  if (name == names.end()) {
    return context.reject(
        node.location, key,
        job::unknown_word(
            fmt::format("unknown boundary `{}`", base::printable(node.text, 40)), node.text, names,
            "boundaries: periodic, outflow, wall, custom, { fixed = {...} }, { face = {...} }"));
  }
  const BoundaryKind kind = kinds[static_cast<std::size_t>(name - names.begin())];
  const solver::SolverSchema* schema = context.schema();
  if (kind == BoundaryKind::custom && schema != nullptr && !schema->has_boundary) {
    return context.reject(node.location, key,
                          {fmt::format("the solver `{}` has no custom boundary", schema->name)});
  }
  return kind;
}

/// Whether a stage reads a field at neighbouring cells, so that its boundary values matter.
bool reads_neighbours(const solver::SolverSchema& schema, int field) {
  return std::ranges::any_of(schema.stages,
                             [&](const solver::StageSchema& s) { return s.read_radius(field) > 0; });
}

/// Reads the value of a component of a field.
void read_component(Context& context, const job::Node& node, const std::string& key,
                    const solver::FieldSchema& field, FixedValue value, Draft& draft,
                    std::vector<FixedValue>& out) {
  if (node.is_table()) {
    auto series =
        check_series(context, node, key, {.unit = field.unit, .owner = "the field"}, draft.attachments);
    if (!series) return;
    value.value = std::move(*series);
  } else {
    auto read = read_value(context, node, key, field.name, Noise::refused);
    if (!read) return;
    std::visit([&](auto& v) { value.value = std::move(v); }, *read);
  }
  out.push_back(std::move(value));
}

std::vector<FixedValue> read_values(Context& context, const job::Node& table, const std::string& key,
                                    Draft& draft) {
  std::vector<FixedValue> out;
  for (std::size_t n = 0; n < table.items.size(); ++n) {
    const std::string path = key + "." + table.keys[n].name;
    const auto field =
        context.field(table.keys[n].name, table.keys[n].location, path,
                      {solver::FieldKind::state, solver::FieldKind::constant, solver::FieldKind::work});
    if (!field) continue;
    const solver::FieldSchema& schema = context.schema()->fields[static_cast<std::size_t>(*field)];
    if (schema.kind == solver::FieldKind::work && !reads_neighbours(*context.schema(), *field)) {
      context.report(table.keys[n].location, path,
                     {fmt::format("a boundary value of `{}` has no effect", schema.name), "",
                      "no stage reads this work field at neighbouring cells"});
      continue;
    }
    const job::Node& value = table.items[n];
    if (!check_shape(context, value, schema, path)) continue;
    for (int c = 0; c < schema.components; ++c) {
      const job::Node& component = schema.components > 1 ? value.items[static_cast<std::size_t>(c)] : value;
      read_component(context, component, path, schema, {*field, c, 0.0}, draft, out);
    }
  }
  return out;
}

std::optional<FaceBoundary> read_face(Context& context, const job::Node& node, const std::string& key,
                                      Draft& draft) {
  if (node.is_text()) {
    const auto kind = read_kind(context, node, key);
    if (!kind) return std::nullopt;
    return FaceBoundary{*kind, {}};
  }
  if (!node.is_table()) {
    return context.reject(
        node.location, key,
        {fmt::format("a boundary expects a string or a table, not {}", job::kind_name(node.kind)),
         "write \"periodic\", \"outflow\" or \"wall\""});
  }
  const Section face{context, node, node.location, key, "a face", {"fixed", "face"}};
  const job::Node* fixed = face.find("fixed");
  const job::Node* on_face = face.find("face");
  if ((fixed == nullptr) == (on_face == nullptr)) {
    return context.reject(node.location, key,
                          {"a face expects either `fixed` or `face`", "write { fixed = { FIELD = value } }"});
  }
  const std::string name = fixed != nullptr ? "fixed" : "face";
  const job::Node& values = fixed != nullptr ? *fixed : *on_face;
  if (!values.is_table() || values.items.empty()) {
    return context.reject(values.location, key + "." + name,
                          {fmt::format("`{}` expects the values of one or more fields", name),
                           fmt::format("write {{ {} = {{ FIELD = value }} }}", name)});
  }
  return FaceBoundary{fixed != nullptr ? BoundaryKind::fixed : BoundaryKind::face,
                      read_values(context, values, key + "." + name, draft)};
}

// Reads a table of faces and checks each face individually.
void read_faces(Context& context, const job::Node& table, Draft& draft, Faces& faces) {
  std::vector<std::string> names;
  for (const FaceName& f : face_names) names.emplace_back(f.name);
  const Section section{context, table, table.location, "domain.boundary", "`boundary`", names};
  for (std::size_t n = 0; n < table.items.size(); ++n) {
    const std::string& name = table.keys[n].name;
    const auto face_name =
        std::find_if(face_names.begin(), face_names.end(), [&](const FaceName& f) { return name == f.name; });
    if (face_name == face_names.end()) continue;
    const std::string key = "domain.boundary." + name;
    if (draft.dimensions > 0 && face_name->axis >= draft.dimensions) {
      context.report(table.keys[n].location, key,
                     {fmt::format("a domain of {} dimension{} has no `{}`", draft.dimensions,
                                  draft.dimensions == 1 ? "" : "s", name)});
      continue;
    }
    const auto face = read_face(context, table.items[n], key, draft);
    const auto axis = static_cast<std::size_t>(face_name->axis);
    for (std::size_t side = 0; side < 2; ++side) {
      if (face_name->side != 2 && face_name->side != static_cast<int>(side)) continue;
      if (faces.nodes[axis][side] != nullptr) {
        context.report(table.keys[n].location, key,
                       {fmt::format("`{}` and `{}` name the same face", faces.keys[axis][side], name)});
        break;
      }
      faces.nodes[axis][side] = &table.items[n];
      faces.keys[axis][side] = name;
      if (face) draft.spec.boundary[axis][side] = *face;
    }
  }
}

// Checks that the two faces of an axis are consistent.
void check_axis(const Section& domain, Draft& draft, const Faces& faces, std::size_t axis) {
  const auto& sides = draft.spec.boundary[axis];
  const bool lower_periodic = sides[0].kind == BoundaryKind::periodic;
  const bool upper_periodic = sides[1].kind == BoundaryKind::periodic;
  if (!lower_periodic && !upper_periodic) return;
  const job::Node* value = faces.nodes[axis][lower_periodic ? 0 : 1];
  const job::Location location = value != nullptr ? value->location : domain.location();
  const auto report = [&](job::ProblemText problem) {
    domain.context().report(location, "domain.boundary", std::move(problem));
  };
  if (lower_periodic != upper_periodic) {
    return report({fmt::format("only one side of {} is periodic", axis_names[axis]),
                   fmt::format("write {} = \"periodic\"", axis_names[axis])});
  }
  auto& g = draft.spec.geometry;
  g.periodic[axis] = true;
  if (g.coordinates != Coordinates::spherical) return;
  if (axis == 1) {
    report({"latitude cannot be periodic", "write y = \"wall\" or \"outflow\""});
  } else if (draft.has_bounds && axis == 0 && std::abs(g.upper[0] - g.lower[0] - 360.0) > 1e-9) {
    report({fmt::format("a periodic longitude must span 360 degrees, not {}", g.upper[0] - g.lower[0])});
  }
}

}  // namespace

void check_boundary(const Section& domain, Draft& draft) {
  const job::Node* node = domain.find("boundary");
  if (node == nullptr) return;
  Context& context = domain.context();
  Faces faces;
  const bool same_for_all_faces =
      !node->is_table() || node->find("fixed") != nullptr || node->find("face") != nullptr;
  if (!same_for_all_faces) {
    read_faces(context, *node, draft, faces);
  } else if (const auto face = read_face(context, *node, "domain.boundary", draft)) {
    for (int a = 0; a < draft.dimensions; ++a) {
      const auto axis = static_cast<std::size_t>(a);
      draft.spec.boundary[axis] = {*face, *face};
      faces.nodes[axis] = {node, node};
    }
  }
  for (int a = 0; a < draft.dimensions; ++a) check_axis(domain, draft, faces, static_cast<std::size_t>(a));
}

}  // namespace tessera::grid
