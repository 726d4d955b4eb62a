// Tests of loops over regions, on the host and on a simulated device.
#include <tessera/loops.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <stdexcept>
#include <tuple>
#include <vector>

namespace {

using tessera::Region;

constexpr double infinity = std::numeric_limits<double>::infinity();

const Region box{{-1, 2, 3}, {2, 4, 5}};

/// A simulated device, which runs each loop immediately on the host. `launches`: number of loops so far.
/// Loops other than reductions run from a copy of their closure.
struct Device {
  int launches = 0;
  bool launch_fails = false;
  tessera_execution execution{sizeof(tessera_execution), TESSERA_DEVICE, 0, 0, this, launch, reduce};

  static tessera_status launch(const tessera_execution* e, tessera_kernel kernel, const void* closure,
                               std::uint64_t size, tessera_region cells, tessera_message* message) {
    auto& self = *static_cast<Device*>(e->stream);
    ++self.launches;
    if (self.launch_fails) {
      std::strcpy(message->text, "the device is lost");
      return TESSERA_FAILED;
    }
    std::vector<std::byte> copy(size);
    std::memcpy(copy.data(), closure, size);
    kernel(copy.data(), cells);
    return TESSERA_OK;
  }
  static tessera_status reduce(const tessera_execution* e, std::int32_t reduction,
                               tessera_reduction_kernel kernel, const void* closure, std::uint64_t,
                               tessera_region cells, double* result, tessera_message*) {
    auto& self = *static_cast<Device*>(e->stream);
    ++self.launches;
    CHECK(reduction == TESSERA_MIN);
    kernel(closure, cells, result);
    return TESSERA_OK;
  }
};

}  // namespace

TEST_CASE("for_each visits every cell of a region once") {
  std::multiset<std::tuple<int, int, int>> seen;
  tessera::for_each(box, [&](int i, int j, int k) { seen.emplace(i, j, k); });
  CHECK(seen.size() == 12);
  for (int k = 3; k < 5; ++k) {
    for (int j = 2; j < 4; ++j) {
      for (int i = -1; i < 2; ++i) CHECK(seen.count({i, j, k}) == 1);
    }
  }
  int rows = 0;
  tessera::for_each_row(box, [&](int j, int k) { rows += 10 * j + k; });
  CHECK(rows == 23 + 33 + 24 + 34);
}

TEST_CASE("a loop body must take one index per dimension of the domain") {
  int calls = 0;
  const auto plane = [&](int, int) { ++calls; };
  const auto line = [&](int) { ++calls; };
  CHECK_THROWS_WITH(tessera::for_each(box, plane),
                    "a loop body takes 2 indices, but the domain has 3 dimensions");
  CHECK_THROWS_WITH(tessera::for_each(box, line),
                    "a loop body takes 1 index, but the domain has 3 dimensions");
  // A region with a single layer of a three-dimensional domain.
  CHECK_THROWS_AS(tessera::for_each(Region{{0, 0, 7}, {4, 4, 8}, 3}, plane), std::logic_error);
  CHECK(calls == 0);
  tessera::for_each(Region{{0, 0, 0}, {4, 3, 1}, 2}, plane);
  CHECK(calls == 12);
  tessera::for_each(Region{{0, 0, 0}, {4, 1, 1}, 1}, line);
  CHECK(calls == 16);
  CHECK_THROWS_AS(tessera::reduce_min(box, [](int, int) { return 0.0; }), std::logic_error);
}

TEST_CASE("a reduction finds a minimum, a maximum or a NaN in any cell") {
  const Region wide{{0, 0, 0}, {21, 3, 2}};
  for (int at = 0; at < 21 * 3 * 2; ++at) {
    const auto value = [at](int i, int j, int k) { return i + 21 * (j + 3 * k) == at ? -5.0 : i + 0.5; };
    CHECK(tessera::reduce_min(wide, value) == -5.0);
    CHECK(tessera::reduce_max(wide, [&](int i, int j, int k) { return -value(i, j, k); }) == 5.0);
    const auto with_nan = [at](int i, int j, int k) {
      return i + 21 * (j + 3 * k) == at ? std::numeric_limits<double>::quiet_NaN() : -infinity;
    };
    CHECK(std::isnan(tessera::reduce_min(wide, with_nan)));
    CHECK(std::isnan(tessera::reduce_max(wide, with_nan)));
  }
  CHECK(tessera::reduce_min(Region{{0, 0, 0}, {0, 1, 1}}, [](int, int, int) { return 0.0; }) == infinity);
  CHECK(tessera::reduce_max(Region{{0, 0, 0}, {0, 1, 1}}, [](int, int, int) { return 0.0; }) == -infinity);
}

TEST_CASE("loops over a region on a device are launched on the device") {
  Device device;
  Region cells = box;
  cells.execution = &device.execution;
  std::vector<int> seen(10);
  int* data = seen.data();
  tessera::for_each(cells, [data](int i, int j, int k) { ++data[i + j + k - 3]; });
  CHECK(seen == std::vector<int>{0, 1, 3, 4, 3, 1, 0, 0, 0, 0});
  CHECK(tessera::reduce_min(cells, [](int i, int j, int k) { return 100.0 * i + 10 * j + k; }) == -77.0);
  CHECK(tessera::reduce_max(cells, [](int i, int j, int k) { return 100.0 * i + 10 * j + k; }) == 134.0);
  CHECK(device.launches == 3);
  CHECK_THROWS_AS(tessera::for_each_row(cells, [](int, int) {}), std::logic_error);
  device.launch_fails = true;
  CHECK_THROWS_WITH(tessera::for_each(cells, [](int, int, int) {}), "the device is lost");
}
