#include "output/xdmf.h"

#include "base/error.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>

#include <fmt/format.h>

namespace tessera::output {

namespace {

/// "a b c", slowest axis first, as XDMF lists extents; a 1-D domain is shown as a strip one cell high,
/// since readers know no 1-D uniform grids.
std::string listed(const grid::Index& n, int axes) {
  std::string text;
  for (int a = axes - 1; a >= 0; --a) text += (text.empty() ? "" : " ") + std::to_string(n[a]);
  return text;
}

std::string listed(const std::array<double, 3>& n, int axes) {
  std::string text;
  for (int a = axes - 1; a >= 0; --a) text += fmt::format("{}{:.17g}", text.empty() ? "" : " ", n[static_cast<std::size_t>(a)]);
  return text;
}

}  // namespace

std::string xdmf_text(const grid::Geometry& geometry, const job::SolverSchema& schema, const std::vector<int>& fields,
                      const std::vector<XdmfStep>& steps) {
  const int axes = std::max(2, geometry.dimensions);
  const grid::Index nodes = geometry.cells + grid::Index{{1, 1, 1}};
  const std::array<double, 3> spacing{geometry.spacing(0), geometry.spacing(1), geometry.spacing(2)};
  const std::string cells = listed(geometry.cells, axes);
  const char* topology = axes == 3 ? "3DCoRectMesh" : "2DCoRectMesh";
  const char* origin = axes == 3 ? "ORIGIN_DXDYDZ" : "ORIGIN_DXDY";
  std::string text =
      "<?xml version=\"1.0\" ?>\n<!DOCTYPE Xdmf SYSTEM \"Xdmf.dtd\" []>\n<Xdmf Version=\"2.0\">\n <Domain>\n"
      "  <Grid Name=\"run\" GridType=\"Collection\" CollectionType=\"Temporal\">\n";
  for (const XdmfStep& step : steps) {
    text += fmt::format(
        "   <Grid Name=\"grid\" GridType=\"Uniform\">\n"
        "    <Time Value=\"{:.17g}\"/>\n"
        "    <Topology TopologyType=\"{}\" Dimensions=\"{}\"/>\n"
        "    <Geometry GeometryType=\"{}\">\n"
        "     <DataItem Dimensions=\"{}\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">{}</DataItem>\n"
        "     <DataItem Dimensions=\"{}\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">{}</DataItem>\n"
        "    </Geometry>\n",
        step.time, topology, listed(nodes, axes), origin, axes, listed(geometry.lower, axes), axes, listed(spacing, axes));
    for (const int f : fields) {
      const job::FieldSchema& field = schema.fields[static_cast<std::size_t>(f)];
      const bool single = field.components == 1;
      const char* type = single ? "Scalar" : field.components == 3 ? "Vector" : "Matrix";
      const std::string shape = single ? cells : cells + " " + std::to_string(field.components);
      text += fmt::format(
          "    <Attribute Name=\"{}\" AttributeType=\"{}\" Center=\"Cell\">\n"
          "     <DataItem Dimensions=\"{}\" NumberType=\"Float\" Precision=\"{}\" Format=\"HDF\">{}:/{}</DataItem>\n"
          "    </Attribute>\n",
          field.name, type, shape, field.scalar == job::Scalar::float64 ? 8 : 4, step.file, field.name);
    }
    text += "   </Grid>\n";
  }
  return text + "  </Grid>\n </Domain>\n</Xdmf>\n";
}

void write_xdmf(const std::string& path, const std::string& text) {
  const std::string partial = path + ".tmp";
  std::ofstream file{partial, std::ios::binary};
  file << text;
  file.close();
  if (!file || std::rename(partial.c_str(), path.c_str()) != 0) {
    std::remove(partial.c_str());
    throw base::Error(base::ExitCode::io_error, "cannot write " + path,
                      "check the free space and the permissions of the run directory");
  }
}

}  // namespace tessera::output
