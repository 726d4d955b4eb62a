#include "grid/output/xdmf.h"

#include "base/escape.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tessera::output {

namespace {

/// Formats extents or coordinates as a list in the order of XDMF: slowest axis (z) first.
std::string xdmf_list(const grid::Index& n) { return fmt::format("{} {} {}", n[2], n[1], n[0]); }

std::string xdmf_list(const std::array<double, 3>& n) {
  return fmt::format("{:.17g} {:.17g} {:.17g}", n[2], n[1], n[0]);
}

}  // namespace

std::string xdmf_text(const grid::Geometry& geometry, const solver::SolverSchema& schema,
                      const std::vector<FieldFile>& files) {
  // Readers place 2-D uniform grids in the y-z plane and do not support 1-D grids, so 1-D and 2-D domains are
  // represented as 3-D grids that are one cell thick along the missing axes.
  const grid::Index nodes = geometry.cells + grid::Index{{1, 1, 1}};
  std::array<double, 3> spacing{};
  for (int a = 0; a < 3; ++a)
    spacing[static_cast<std::size_t>(a)] = geometry.spacing(a < geometry.dimensions ? a : 0);
  const std::string cells = xdmf_list(geometry.cells);
  std::string text =
      "<?xml version=\"1.0\" ?>\n<!DOCTYPE Xdmf SYSTEM \"Xdmf.dtd\" []>\n<Xdmf Version=\"2.0\">\n <Domain>\n"
      "  <Grid Name=\"run\" GridType=\"Collection\" CollectionType=\"Temporal\">\n";
  for (const FieldFile& file : files) {
    text += fmt::format(
        "   <Grid Name=\"grid\" GridType=\"Uniform\">\n"
        "    <Time Value=\"{:.17g}\"/>\n"
        "    <Topology TopologyType=\"3DCoRectMesh\" Dimensions=\"{}\"/>\n"
        "    <Geometry GeometryType=\"ORIGIN_DXDYDZ\">\n"
        "     <DataItem Dimensions=\"3\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">{}</DataItem>\n"
        "     <DataItem Dimensions=\"3\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">{}</DataItem>\n"
        "    </Geometry>\n",
        file.time, xdmf_list(nodes), xdmf_list(geometry.lower), xdmf_list(spacing));
    for (const StoredArray& array : file.fields) {
      const auto found = std::find_if(schema.fields.begin(), schema.fields.end(),
                                      [&](const solver::FieldSchema& f) { return f.name == array.name; });
      if (found == schema.fields.end()) continue;
      const solver::FieldSchema& field = *found;
      const bool single = field.components == 1;
      const char* type = single ? "Scalar" : field.components == 3 ? "Vector" : "Matrix";
      const std::string shape = single ? cells : cells + " " + std::to_string(field.components);
      text += fmt::format(
          "    <Attribute Name=\"{}\" AttributeType=\"{}\" Center=\"Cell\">\n"
          "     <DataItem Dimensions=\"{}\" NumberType=\"Float\" Precision=\"{}\" "
          "Format=\"HDF\">{}:/{}</DataItem>\n"
          "    </Attribute>\n",
          base::xml_text(field.name), type, shape, field.scalar == solver::Scalar::float64 ? 8 : 4,
          base::xml_text(file.name), base::xml_text(field.name));
    }
    text += "   </Grid>\n";
  }
  return text + "  </Grid>\n </Domain>\n</Xdmf>\n";
}

}  // namespace tessera::output
