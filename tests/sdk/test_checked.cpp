// Tests of checked builds, which report cells that a solver class reads beyond its declared radius or fails
// to write.
#include <tessera/grid.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <memory>
#include <string>

namespace {

/// update() copies u at a distance of `read_offset` cells to the first component of v, and u in the same cell
/// to the second. derive() copies u to w. In the cell `skipped`, the second component and w are not written.
class Copy : public tessera::GridSolver {
 public:
  explicit Copy(tessera::Declare& d)
      : u_{d.field("u")},
        v_{d.field("v").components(2)},
        w_{d.field<float>("w").derived()},
        stage_{d.stage("copy").reads(u_, 1).writes(v_)} {}

  void update(const tessera::Stage&, tessera::Patch& p, tessera::Region cells, double, double) override {
    const auto u = p.read(u_);
    const auto v = p.write(v_);
    const auto second = v.component(1);
    tessera::for_each(cells, [=](int i) {
      v(i) = u(i + read_offset);
      if (i != skipped) second(i) = u(i);
    });
  }

  void derive(tessera::Patch& p, tessera::Region cells, double) override {
    const auto u = p.read(u_);
    const auto w = p.write(w_);
    tessera::for_each(cells, [=](int i) {
      if (i != skipped) w(i) = static_cast<float>(u(i));
    });
  }

  static inline int skipped = -1;
  static inline int read_offset = 1;

 private:
  tessera::Field<> u_, v_;
  tessera::Field<float> w_;
  tessera::Stage stage_;
};

const tessera_grid_functions& functions() {
  return *static_cast<const tessera_grid_functions*>(
      tessera::detail::Adapter<Copy>::plugin("copy", "1", "").functions);
}

/// Four cells in a line, with one ghost cell on each side.
struct Line {
  tessera_geometry geometry{
      sizeof(tessera_geometry), TESSERA_CARTESIAN, 1, {4, 1, 1}, {0, 0, 0}, {4, 1, 1}, {1, 1, 1}, 0};
  std::array<double, 6> u{0, 1, 2, 3, 4, 5};
  std::array<double, 12> v{};
  std::array<float, 6> w{};
  std::array<tessera_view, 3> reads{};
  std::array<tessera_view, 3> writes{};
  tessera_patch patch{sizeof(tessera_patch), 3,      &geometry, {0, 0, 0}, {4, 1, 1}, reads.data(),
                      writes.data(),         nullptr};
  std::unique_ptr<void, void (*)(void*)> solver{nullptr, functions().destroy};

  Line() {
    void* raw = nullptr;
    REQUIRE(functions().create(&raw, nullptr) == TESSERA_OK);
    solver.reset(raw);
    const tessera_schema* schema = nullptr;
    REQUIRE(functions().schema(raw, &schema, nullptr) == TESSERA_OK);
    reads[0] = {&u[1], {1, 0, 0, 6}, {1, 0, 0}, TESSERA_FLOAT64, 1, 0};
    Copy::skipped = -1;
    Copy::read_offset = 1;
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  std::string update(int first, int end) {
    writes = {};
    writes[1] = {&v[1], {1, 0, 0, 6}, {1, 0, 0}, TESSERA_FLOAT64, 2, 0};
    tessera_message message{};
    const auto status =
        functions().update(solver.get(), 0, &patch, {{first, 0, 0}, {end, 1, 1}}, 0, 1, &message);
    return status == TESSERA_OK ? "" : message.text;
  }
  std::string derive() {
    writes = {};
    writes[2] = {&w[1], {1, 0, 0, 6}, {1, 0, 0}, TESSERA_FLOAT32, 1, 0};
    tessera_message message{};
    const auto status = functions().derive(solver.get(), &patch, {{0, 0, 0}, {4, 1, 1}}, 0, &message);
    return status == TESSERA_OK ? "" : message.text;
  }
};

}  // namespace

TEST_CASE("a solver that conforms to its declarations passes the checks") {
  Line line;
  CHECK(line.update(0, 4).empty());
  CHECK(line.v == std::array<double, 12>{0, 2, 3, 4, 5, 0, 0, 1, 2, 3, 4, 0});
  CHECK(line.derive().empty());
  CHECK(line.w == std::array<float, 6>{0, 1, 2, 3, 4, 0});
}

TEST_CASE("an unwritten cell is reported, for any component and scalar type") {
  Line line;
  Copy::skipped = 2;
  CHECK(line.update(0, 4) == "stage `copy` does not write field `v`, component 1, at local cell (2)");
  CHECK(line.derive() == "derive() does not write field `w` at local cell (2)");
  CHECK(line.update(0, 2).empty());
}

TEST_CASE("a read beyond the declared radius is reported") {
  Line line;
  Copy::read_offset = 2;
  CHECK(line.update(0, 2) == "stage `copy` reads field `u` at local cell (3), beyond its declared radius 1");
  Copy::read_offset = -1;
  CHECK(line.update(0, 2).empty());
}

TEST_CASE("a field that is updated in place is not poisoned") {
  Line line;
  line.reads[1] = {&line.v[1], {1, 0, 0, 6}, {1, 0, 0}, TESSERA_FLOAT64, 2, 0};
  Copy::skipped = 0;
  CHECK(line.update(0, 4).empty());
}
