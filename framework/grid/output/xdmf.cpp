#include "grid/output/xdmf.h"

#include <array>

#include <fmt/format.h>

namespace tessera::output {

namespace {

/// Extents or coordinates as XDMF lists them: slowest axis (z) first.
std::string xdmf_list(const grid::Index& n) { return fmt::format("{} {} {}", n[2], n[1], n[0]); }

std::string xdmf_list(const std::array<double, 3>& n) {
  return fmt::format("{:.17g} {:.17g} {:.17g}", n[2], n[1], n[0]);
}

}  // namespace

std::string xdmf_text(const grid::Geometry& geometry, const solver::SolverSchema& schema,
                      const std::vector<int>& fields, const std::vector<XdmfStep>& steps) {
  // Readers put 2-D uniform grids into the y-z plane and do not support 1-D grids, so a plane or a line is
  // shown as a slab one cell thick.
  const grid::Index nodes = geometry.cells + grid::Index{{1, 1, 1}};
  std::array<double, 3> spacing{};
  for (int a = 0; a < 3; ++a)
    spacing[static_cast<std::size_t>(a)] = geometry.spacing(a < geometry.dimensions ? a : 0);
  const std::string cells = xdmf_list(geometry.cells);
  std::string text =
      "<?xml version=\"1.0\" ?>\n<!DOCTYPE Xdmf SYSTEM \"Xdmf.dtd\" []>\n<Xdmf Version=\"2.0\">\n <Domain>\n"
      "  <Grid Name=\"run\" GridType=\"Collection\" CollectionType=\"Temporal\">\n";
  for (const XdmfStep& step : steps) {
    text += fmt::format(
        "   <Grid Name=\"grid\" GridType=\"Uniform\">\n"
        "    <Time Value=\"{:.17g}\"/>\n"
        "    <Topology TopologyType=\"3DCoRectMesh\" Dimensions=\"{}\"/>\n"
        "    <Geometry GeometryType=\"ORIGIN_DXDYDZ\">\n"
        "     <DataItem Dimensions=\"3\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">{}</DataItem>\n"
        "     <DataItem Dimensions=\"3\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">{}</DataItem>\n"
        "    </Geometry>\n",
        step.time, xdmf_list(nodes), xdmf_list(geometry.lower), xdmf_list(spacing));
    for (const int f : fields) {
      const solver::FieldSchema& field = schema.fields[static_cast<std::size_t>(f)];
      const bool single = field.components == 1;
      const char* type = single ? "Scalar" : field.components == 3 ? "Vector" : "Matrix";
      const std::string shape = single ? cells : cells + " " + std::to_string(field.components);
      text += fmt::format(
          "    <Attribute Name=\"{}\" AttributeType=\"{}\" Center=\"Cell\">\n"
          "     <DataItem Dimensions=\"{}\" NumberType=\"Float\" Precision=\"{}\" "
          "Format=\"HDF\">{}:/{}</DataItem>\n"
          "    </Attribute>\n",
          field.name, type, shape, field.scalar == solver::Scalar::float64 ? 8 : 4, step.file, field.name);
    }
    text += "   </Grid>\n";
  }
  return text + "  </Grid>\n </Domain>\n</Xdmf>\n";
}

}  // namespace tessera::output
