#include "damaged_files.h"
#include "support/temporary_folder.h"

#include <netcdf.h>
#include <catch2/catch.hpp>

#include <string>

using namespace tessera;
using input::GridSource;

namespace {

/// Writes a file with a record dimension, attributes of several types and packed values.
void write_classic(const std::string& path, int format) {
  int file = -1;
  REQUIRE(nc_create(path.c_str(), NC_CLOBBER | format, &file) == NC_NOERR);
  int dimensions[3] = {};
  nc_def_dim(file, "time", NC_UNLIMITED, &dimensions[0]);
  nc_def_dim(file, "lat", 3, &dimensions[1]);
  nc_def_dim(file, "lon", 4, &dimensions[2]);
  int lat = -1;
  int lon = -1;
  int time = -1;
  int v = -1;
  nc_def_var(file, "time", NC_DOUBLE, 1, dimensions, &time);
  nc_def_var(file, "lat", NC_FLOAT, 1, dimensions + 1, &lat);
  nc_def_var(file, "lon", NC_DOUBLE, 1, dimensions + 2, &lon);
  nc_def_var(file, "v", NC_SHORT, 3, dimensions, &v);
  const std::string units = "days since 2004-12-26";
  nc_put_att_text(file, time, "units", units.size(), units.data());
  const double scale = 0.5;
  const double range[2] = {-100.0, 100.0};
  nc_put_att_double(file, v, "scale_factor", NC_DOUBLE, 1, &scale);
  nc_put_att_double(file, v, "valid_range", NC_SHORT, 2, range);
  REQUIRE(nc_enddef(file) == NC_NOERR);
  const double y[3] = {0, 1, 3};
  const double x[4] = {0, 1, 2, 4};
  const double values[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const std::size_t start[3] = {};
  const std::size_t count[3] = {1, 3, 4};
  nc_put_vara_double(file, time, start, count, y);
  nc_put_var_double(file, lat, y);
  nc_put_var_double(file, lon, x);
  REQUIRE(nc_put_vara_double(file, v, start, count, values) == NC_NOERR);
  REQUIRE(nc_close(file) == NC_NOERR);
}

}  // namespace

TEST_CASE("a classic NetCDF file with damaged bytes never crashes the reader") {
  const test::TemporaryFolder folder;
  for (const int format : {0, NC_64BIT_OFFSET, NC_64BIT_DATA}) {
    CAPTURE(format);
    const GridSource source{folder.file("whole.nc"), "v", {}};
    write_classic(source.path, format);
    test::read_damaged_files(folder, source, test::bytes_of(source.path));
  }
}

TEST_CASE("an ASCII grid with damaged bytes never crashes the reader") {
  const test::TemporaryFolder folder;
  for (const std::string text :
       {"ncols 3\nnrows 2\nxllcorner 10\nyllcorner 20\ndx 2\ndy 2.5\nNODATA_value -9999\n1 2 3\n4 5 6\n",
        "3 mx\n2 my\n10 xll\n20 yll\n2 cellsize\n-9999 nodata_value\n1\n2\n3\n4\n5\n6\n",
        "0 1 5.5\n1 1 6.5\n2 1 7\n0 0 8\n1 0 9\n2 0 10\n"}) {
    CAPTURE(text);
    const GridSource source{folder.write("whole.asc", text), "", {}};
    test::read_damaged_files(folder, source, text);
  }
}
