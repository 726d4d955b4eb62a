// Prints how a data set is read: the number of dimensions, then for each axis, x first, its length and
// coordinates, then the values, x fastest. All numbers are doubles in the byte order of the machine. Used by
// test_netcdf4.py and test_geotiff.py.
//
//   print_grid FILE DATASET DIMENSIONS [AT [longitudes]]
#include "base/error.h"
#include "grid/input/grid_data.h"

#include <cstdio>
#include <cstdlib>
#include <span>

namespace {

void print(std::span<const double> numbers) {
  std::fwrite(numbers.data(), sizeof(double), numbers.size(), stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 64;
  tessera::input::GridSource source{argv[1], argv[2]};
  if (argc > 4) source.at = argv[4];
  source.longitudes = argc > 5;
  try {
    const auto data = tessera::input::GridData::read(source, std::atoi(argv[3]));
    const double dimensions = data.dimensions();
    print({&dimensions, 1});
    for (int a = 0; a < data.dimensions(); ++a) {
      const auto length = static_cast<double>(data.axis(a).size());
      print({&length, 1});
      print(data.axis(a));
    }
    print(data.values());
  } catch (const tessera::base::Error& error) {
    std::fprintf(stderr, "%s\n", error.message().c_str());
    return static_cast<int>(error.code());
  }
  return 0;
}
