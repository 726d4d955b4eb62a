// Tests of solver classes that are called through the C interface, as the framework calls them.
#include <tessera/position.h>
#include <tessera/grid.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using tessera::Axis;

/// The number of instances, the arguments of the latest call, and the exception that all calls throw, if any.
struct CallRecord {
  int instances = 0;
  int stage = -1;
  int field = -1;
  tessera::Face face{};
  tessera::Region region{};
  double time = 0.0;
  double dt = 0.0;
  double configured = 0.0;  // a combination of all values that configure() received
  std::string error;        // if not empty, calls throw a std::runtime_error with this text
  bool throws_int = false;  // whether calls throw an int
};

CallRecord& record() {
  static CallRecord all;
  return all;
}

void throw_if_requested() {
  if (record().throws_int) throw 42;
  if (!record().error.empty()) throw std::runtime_error(record().error);
}

/// Uses all declarations and overrides all functions.
class FullSolver : public tessera::GridSolver {
 public:
  explicit FullSolver(tessera::Declare& d)
      : rate_{d.parameter("rate", 0.5).unit("1/s").help("rate of change").above(0.0).at_most(2.0)},
        rounds_{d.required<int>("rounds").at_least(1)},
        on_{d.parameter("on", true)},
        mode_{d.parameter("mode", "slow").one_of({"slow", "fast"})},
        gauge_x_{d.table("gauge").column("x").unit("m")},
        u_{d.field("u").unit("K").help("temperature").default_value(3.0)},
        v_{d.field<float>("v").components(2).odd_across(Axis::x, 0).odd_across(Axis::y, 1)},
        k_{d.field("k").constant()},
        w_{d.field("w").derived()},
        first_{d.stage("first").reads(u_, 2).reads(k_, 0).writes(u_)},
        second_{d.stage("second").reads(u_, 1).writes(v_).at(0.5)} {
    d.default_cfl(0.25).dimensions({1, 3}).allows_spherical().one_step_at_a_time();
    d.diagnostic("heat").sum(u_).times_cell_volume().unit("J").help("total heat");
    d.diagnostic("fastest").max(v_, 1);
    throw_if_requested();
    ++record().instances;
  }
  ~FullSolver() override { --record().instances; }

  void configure(const tessera::Geometry& g) override {
    throw_if_requested();
    record().configured = rate_ * g.spacing(Axis::x) + rounds_ + (on_ ? 100 : 0) +
                          (mode_.value() == "fast" ? 1000 : 0) +
                          static_cast<double>(gauge_x_.size()) * 10000 + gauge_x_[1] + (given(u_) ? 1e6 : 0) +
                          (given(k_) ? 1e7 : 0);
  }
  void initialize(tessera::Patch& p, tessera::Region cells, double time) override {
    throw_if_requested();
    record().region = cells;
    record().time = time;
    const auto u = p.write(u_);
    tessera::for_each(cells, [=](int i, int j, int k) { u(i, j, k) = 5.0; });
  }
  double stable_dt(const tessera::Geometry&) const override { return 0.5; }
  double local_stable_dt(const tessera::Patch& p, tessera::Region cells, double time) const override {
    throw_if_requested();
    return p.read(u_)(cells.lower[0]) + time;
  }
  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    throw_if_requested();
    record().stage = stage == first_ ? 1 : stage == second_ ? 2 : 0;
    record().region = cells;
    record().time = time;
    record().dt = dt;
    const auto u = p.read(u_);
    const auto next = p.write(u_);
    tessera::for_each(cells, [=](int i, int j, int k) { next(i, j, k) = u(i - 1, j, k) + u(i + 1, j, k); });
  }
  void derive(tessera::Patch& p, tessera::Region cells, double time) override {
    throw_if_requested();
    const auto u = p.read(u_);
    const auto w = p.write(w_);
    tessera::for_each(cells, [=](int i, int j, int k) { w(i, j, k) = time * u(i, j, k); });
  }
  void boundary(tessera::Patch&, tessera::Region ghosts, int field, tessera::Face face,
                double time) override {
    throw_if_requested();
    record().region = ghosts;
    record().field = field;
    record().face = face;
    record().time = time;
  }

 private:
  tessera::Parameter<double> rate_;
  tessera::Parameter<int> rounds_;
  tessera::Parameter<bool> on_;
  tessera::Parameter<std::string> mode_;
  tessera::Column<double> gauge_x_;
  tessera::Field<> u_;
  tessera::Field<float> v_;
  tessera::Field<> k_;
  tessera::Field<> w_;
  tessera::Stage first_;
  tessera::Stage second_;
};

/// Only has the declarations and overrides that are required.
class MinimalSolver : public tessera::GridSolver {
 public:
  explicit MinimalSolver(tessera::Declare& d) : u_{d.field("u")} {}
  void update(const tessera::Stage&, tessera::Patch&, tessera::Region, double, double) override {}

 private:
  tessera::Field<> u_;
};

/// Reads a parameter in the constructor, before its value is set.
class EarlyReader : public MinimalSolver {
 public:
  explicit EarlyReader(tessera::Declare& d) : MinimalSolver{d}, rate_{d.parameter("rate", 1.0)} {
    static_cast<void>(rate_.value());
  }

 private:
  tessera::Parameter<double> rate_;
};

template <class Solver>
const tessera_plugin& plugin() {
  return tessera::detail::Adapter<Solver>::plugin("name", "1.2.3", "a summary");
}

template <class Solver>
const tessera_grid_functions& functions() {
  return *static_cast<const tessera_grid_functions*>(plugin<Solver>().functions);
}

/// An instance of a solver, created through the C interface.
template <class Solver>
class Instance {
 public:
  Instance() {
    record() = {};
    void* raw = nullptr;
    if (functions<Solver>().create(&raw, nullptr) == TESSERA_OK) pointer_.reset(raw);
    REQUIRE(pointer_);
  }
  void* get() const { return pointer_.get(); }
  const tessera_schema& schema() const {
    const tessera_schema* s = nullptr;
    REQUIRE(functions<Solver>().schema(get(), &s, nullptr) == TESSERA_OK);
    return *s;
  }

 private:
  std::unique_ptr<void, void (*)(void*)> pointer_{nullptr, functions<Solver>().destroy};
};

/// A patch with the cells 10 to 15 of the domain, and two ghost cells on each side.
struct Brick {
  tessera_geometry geometry{sizeof(tessera_geometry), TESSERA_CARTESIAN, 1, {40, 1, 1}, {2.0, 0.0, 0.0},
                            {12.0, 1.0, 1.0},         {0.25, 1.0, 1.0},  0};
  std::array<double, 10> current{};
  std::array<double, 10> next{};
  std::array<double, 10> derived{};
  std::array<tessera_view, 4> reads{};
  std::array<tessera_view, 4> writes{};
  tessera_patch patch{sizeof(tessera_patch), 4,      &geometry, {10, 0, 0}, {6, 1, 1}, reads.data(),
                      writes.data(),         nullptr};

  Brick() {
    for (std::size_t n = 0; n < current.size(); ++n) current[n] = static_cast<double>(n * n);
    reads[0] = {&current[2], {1, 0, 0, 10}, {2, 0, 0}, TESSERA_FLOAT64, 1, 0};
    writes[0] = {&next[2], {1, 0, 0, 10}, {2, 0, 0}, TESSERA_FLOAT64, 1, 0};
    writes[3] = {&derived[2], {1, 0, 0, 10}, {2, 0, 0}, TESSERA_FLOAT64, 1, 0};
  }
  Brick(const Brick&) = delete;
  Brick& operator=(const Brick&) = delete;
};

constexpr tessera_region middle{{1, 0, 0}, {4, 1, 1}};

}  // namespace

TEST_CASE("the plugin descriptor contains the interface version, the name of the solver, and all functions") {
  const tessera_plugin& p = plugin<FullSolver>();
  CHECK(p.struct_size == sizeof(tessera_plugin));
  CHECK(p.interface_version == TESSERA_INTERFACE_VERSION);
  CHECK(p.kind == TESSERA_GRID);
  CHECK(p.flags == 0);
  CHECK(std::string{p.name} + p.version + p.summary == "name1.2.3a summary");
  const tessera_grid_functions& f = functions<FullSolver>();
  CHECK(f.struct_size == sizeof(tessera_grid_functions));
  CHECK(f.flags == 0);
  CHECK((f.create && f.destroy && f.schema && f.configure && f.initialize && f.stable_dt && f.update &&
         f.derive && f.boundary));
  // Jobs may set derived fields only for a solver that can read them.
  CHECK(functions<MinimalSolver>().initialize == nullptr);
}

TEST_CASE("create() and destroy() affect only one instance") {
  const Instance<FullSolver> first;
  {
    const Instance<MinimalSolver> other;
    void* raw = nullptr;
    record().instances = 1;
    REQUIRE(functions<FullSolver>().create(&raw, nullptr) == TESSERA_OK);
    CHECK(record().instances == 2);
    CHECK(raw != first.get());
    functions<FullSolver>().destroy(raw);
    CHECK(record().instances == 1);
  }
}

TEST_CASE("the schema flags indicate which functions a class overrides") {
  const Instance<MinimalSolver> minimal;
  CHECK(minimal.schema().flags == 0);
  const Instance<FullSolver> full;
  CHECK(full.schema().flags ==
        (TESSERA_LOCAL_DT | TESSERA_HAS_DT | TESSERA_HAS_DERIVE | TESSERA_HAS_BOUNDARY | TESSERA_ONE_STEP));
}

TEST_CASE("the schema contains the declarations of the constructor") {
  const Instance<FullSolver> solver;
  for (int call = 0; call < 2; ++call) {  // schema() may be called more than once
    const tessera_schema& s = solver.schema();
    CHECK(s.struct_size == sizeof(tessera_schema));
    CHECK((s.parameter_size == sizeof(tessera_parameter) && s.field_size == sizeof(tessera_field)));
    CHECK((s.stage_size == sizeof(tessera_stage) && s.diagnostic_size == sizeof(tessera_diagnostic)));
    CHECK(s.dimensions == 0b101);
    CHECK(s.geometries == 0b11);
    CHECK(s.default_cfl == 0.25);
    REQUIRE(s.parameter_count == 5);
    const tessera_parameter& rate = s.parameters[0];
    CHECK(std::string{rate.name} + "/" + rate.unit + "/" + rate.help == "rate/1/s/rate of change");
    CHECK(rate.table == nullptr);
    CHECK(rate.type == TESSERA_REAL);
    CHECK(rate.flags ==
          (TESSERA_HAS_DEFAULT | TESSERA_HAS_MINIMUM | TESSERA_MINIMUM_OPEN | TESSERA_HAS_MAXIMUM));
    CHECK((rate.default_number.real == 0.5 && rate.minimum.real == 0.0 && rate.maximum.real == 2.0));
    const tessera_parameter& rounds = s.parameters[1];
    CHECK((rounds.type == TESSERA_INTEGER && rounds.flags == (TESSERA_HAS_MINIMUM | TESSERA_HAS_MAXIMUM)));
    CHECK((rounds.minimum.integer == 1 && rounds.maximum.integer == std::numeric_limits<int>::max()));
    CHECK((s.parameters[2].type == TESSERA_BOOLEAN && s.parameters[2].default_number.integer == 1));
    const tessera_parameter& mode = s.parameters[3];
    REQUIRE((mode.type == TESSERA_TEXT && mode.choice_count == 2));
    CHECK(std::string{mode.default_text} + mode.choices[0] + mode.choices[1] == "slowslowfast");
    CHECK(std::string{s.parameters[4].table} + "." + s.parameters[4].name == "gauge.x");

    REQUIRE(s.field_count == 4);
    CHECK(std::string{s.fields[0].name} + s.fields[0].unit + s.fields[0].help == "uKtemperature");
    CHECK((s.fields[0].has_default == 1 && s.fields[0].default_value == 3.0 &&
           s.fields[0].odd_axes == nullptr));
    CHECK((s.fields[1].scalar == TESSERA_FLOAT32 && s.fields[1].components == 2 &&
           s.fields[1].has_default == 0));
    CHECK((s.fields[1].odd_axes[0] == 0b01 && s.fields[1].odd_axes[1] == 0b10));
    CHECK((s.fields[2].kind == TESSERA_CONSTANT && s.fields[3].kind == TESSERA_DERIVED));

    REQUIRE(s.stage_count == 2);
    REQUIRE((s.stages[0].read_count == 2 && s.stages[0].write_count == 1));
    CHECK((s.stages[0].reads[0].field == 0 && s.stages[0].reads[0].radius == 2));
    CHECK((s.stages[0].reads[1].field == 2 && s.stages[0].reads[1].radius == 0));
    CHECK((s.stages[0].writes[0] == 0 && s.stages[0].time_offset == 0.0 && s.stages[1].time_offset == 0.5));

    REQUIRE(s.diagnostic_count == 2);
    CHECK((s.diagnostics[0].reduction == TESSERA_SUM && s.diagnostics[0].times_volume == 1));
    CHECK((s.diagnostics[1].reduction == TESSERA_MAX && s.diagnostics[1].field == 1));
    CHECK((s.diagnostics[1].component == 1 && s.diagnostics[1].times_volume == 0));
  }
}

TEST_CASE("configure() sets the parameters and reports which fields the job sets") {
  const Instance<FullSolver> solver;
  const Brick brick;
  const double rate = 2.0;
  const std::int64_t rounds = 7;
  const std::int64_t on = 0;
  const char* mode = "fast";
  const std::array<double, 3> gauge_x{1.0, 0.125, 2.0};
  const std::array<tessera_values, 5> values{{{1, &rate, nullptr, nullptr, nullptr},
                                              {1, nullptr, &rounds, nullptr, nullptr},
                                              {1, nullptr, &on, nullptr, nullptr},
                                              {1, nullptr, nullptr, &mode, nullptr},
                                              {3, gauge_x.data(), nullptr, nullptr, nullptr}}};
  const std::array<std::uint8_t, 4> given{1, 0, 0, 0};
  tessera_grid_configuration c{sizeof(tessera_grid_configuration),
                               5,
                               sizeof(tessera_values),
                               values.data(),
                               given.data(),
                               &brick.geometry};
  REQUIRE(functions<FullSolver>().configure(solver.get(), &c, nullptr) == TESSERA_OK);
  CHECK(record().configured == 2.0 * 0.25 + 7.0 + 1000.0 + 30000.0 + 0.125 + 1e6);
  c.value_count = 4;
  tessera_message message{};
  CHECK(functions<FullSolver>().configure(solver.get(), &c, &message) == TESSERA_FAILED);
  CHECK(std::string{message.text} == "configured with 4 parameters, but 5 are declared");
}

TEST_CASE("a constructor that reads a parameter before configure() fails") {
  void* raw = nullptr;
  tessera_message message{};
  CHECK(functions<EarlyReader>().create(&raw, &message) == TESSERA_FAILED);
  CHECK(raw == nullptr);
  CHECK(std::string{message.text} == "parameter `rate` was read before configure()");
}

TEST_CASE("calls are forwarded to the class with their patch, region and times") {
  const Instance<FullSolver> solver;
  const tessera_grid_functions& d = functions<FullSolver>();
  static_cast<void>(solver.schema());
  Brick brick;
  REQUIRE(d.update(solver.get(), 1, &brick.patch, middle, 1.5, 0.25, nullptr) == TESSERA_OK);
  CHECK((record().stage == 2 && record().time == 1.5 && record().dt == 0.25));
  CHECK((record().region.lower[0] == 1 && record().region.upper[0] == 4 && record().region.upper[2] == 1));
  // Local cell i is element i + 2 and contains (i + 2)^2. Its neighbours sum to (i + 1)^2 + (i + 3)^2.
  CHECK(brick.next == std::array<double, 10>{0, 0, 0, 20, 34, 52, 0, 0, 0, 0});
  REQUIRE(d.derive(solver.get(), &brick.patch, middle, 2.0, nullptr) == TESSERA_OK);
  CHECK(brick.derived == std::array<double, 10>{0, 0, 0, 18, 32, 50, 0, 0, 0, 0});
  double dt = 0.0;
  REQUIRE(d.stable_dt(solver.get(), &brick.patch, middle, 0.5, &dt, nullptr) == TESSERA_OK);
  CHECK(dt == 9.5);
  REQUIRE(d.initialize(solver.get(), &brick.patch, middle, 4.0, nullptr) == TESSERA_OK);
  CHECK(brick.next == std::array<double, 10>{0, 0, 0, 5, 5, 5, 0, 0, 0, 0});
  REQUIRE(d.boundary(solver.get(), &brick.patch, middle, 3, 1, 1, 8.0, nullptr) == TESSERA_OK);
  CHECK((record().field == 3 && record().face.axis == Axis::y && record().face.side == tessera::Side::upper));
  CHECK(record().time == 8.0);
}

TEST_CASE("without overrides, the stable time step is infinite and optional functions have no effect") {
  const Instance<MinimalSolver> solver;
  const tessera_grid_functions& d = functions<MinimalSolver>();
  Brick brick;
  double dt = 0.0;
  REQUIRE(d.stable_dt(solver.get(), &brick.patch, middle, 0.0, &dt, nullptr) == TESSERA_OK);
  CHECK(dt == std::numeric_limits<double>::infinity());
  CHECK(d.derive(solver.get(), &brick.patch, middle, 0.0, nullptr) == TESSERA_OK);
  CHECK(brick.next == std::array<double, 10>{});
}

TEST_CASE("an exception is converted to a status and a message, truncated to the size of the buffer") {
  const Instance<FullSolver> solver;
  const tessera_grid_functions& d = functions<FullSolver>();
  static_cast<void>(solver.schema());
  Brick brick;
  double dt = 0.0;
  const auto check_all = [&](const std::string& expected) {
    const auto check_failure = [&](auto call) {
      tessera_message message{};
      CHECK(call(&message) == TESSERA_FAILED);
      CHECK(std::string{message.text} == expected);
      CHECK(call(static_cast<tessera_message*>(nullptr)) == TESSERA_FAILED);
    };
    void* instance = nullptr;
    check_failure([&](auto* m) { return d.create(&instance, m); });
    check_failure([&](auto* m) { return d.initialize(solver.get(), &brick.patch, middle, 0, m); });
    check_failure([&](auto* m) { return d.stable_dt(solver.get(), &brick.patch, middle, 0, &dt, m); });
    check_failure([&](auto* m) { return d.update(solver.get(), 0, &brick.patch, middle, 0, 0, m); });
    check_failure([&](auto* m) { return d.derive(solver.get(), &brick.patch, middle, 0, m); });
    check_failure([&](auto* m) { return d.boundary(solver.get(), &brick.patch, middle, 0, 0, 0, 0, m); });
    CHECK(instance == nullptr);
  };
  record().error = "too cold";
  check_all("too cold");
  record().error = std::string(TESSERA_MESSAGE_SIZE - 1, 'x');
  check_all(record().error);
  record().error += "yz";
  check_all(std::string(TESSERA_MESSAGE_SIZE - 1, 'x'));
  record().throws_int = true;
  check_all("the plugin threw an object that is not a std::exception");
}

TEST_CASE("a forbidden access to a field fails with an error that contains the name of the field") {
  const Instance<FullSolver> solver;
  const tessera_schema& schema = solver.schema();
  const Brick brick;
  const tessera::Patch update{brick.patch, {&schema, "first", 0, {}}};
  CHECK_NOTHROW(update.read(tessera::Field<>{0}));
  CHECK_THROWS_WITH(update.read(tessera::Field<>{1}), "stage `first` does not declare that it reads `v`");
  CHECK_THROWS_WITH(update.write(tessera::Field<>{2}), "stage `first` does not declare that it writes `k`");
  CHECK_THROWS_WITH(update.read(tessera::Field<>{4}),
                    "stage `first` may not read a field that was not declared");
  CHECK_THROWS_AS(update.read(tessera::Field<>{}), std::logic_error);
  const tessera::Patch derive{brick.patch, {&schema, "derive()", -1, {}}};
  CHECK_THROWS_WITH(derive.write(tessera::Field<>{1}), "derive() may not write `v`");
}

TEST_CASE("a patch provides its position in the domain") {
  const Brick brick;
  const tessera::Patch patch{brick.patch, {}};
  CHECK(patch.cell_at({Axis::x, tessera::Side::lower}) == -10);
  CHECK(patch.cell_at({Axis::x, tessera::Side::upper}) == 29);
  CHECK(patch.extent(Axis::x) == 6);
  CHECK(patch.geometry().x(0) == 2.0 + 10.5 * 0.25);
  CHECK(patch.geometry().face(Axis::x, -10) == 2.0);
  CHECK(patch.geometry().domain_index(Axis::x, 0) == 10);
  CHECK(patch.geometry().domain_index(Axis::x, -12) == -2);
  CHECK(patch.geometry().domain_index(Axis::y, 0) == 0);
}

TEST_CASE("the functions for C give the same position as those for C++") {
  Brick brick;
  brick.geometry.lower[0] = 0.1;
  brick.geometry.spacing[0] = 1.0 / 3.0;  // rounded
  brick.patch.offset[0] = (std::int64_t{1} << 40) + 1;
  brick.patch.offset[1] = 7;
  brick.geometry.spacing[1] = 0.1;
  const tessera::Geometry geometry = tessera::Patch{brick.patch, {}}.geometry();
  for (const int cell : {-2, 0, 5}) {
    CHECK(tessera_domain_index(&brick.patch, 0, cell) == (std::int64_t{1} << 40) + 1 + cell);
    CHECK(tessera_domain_index(&brick.patch, 1, cell) == geometry.domain_index(Axis::y, cell));
    CHECK(tessera_centre(&brick.patch, 0, cell) == geometry.x(cell));
    CHECK(tessera_centre(&brick.patch, 1, cell) == geometry.y(cell));
    CHECK(tessera_centre(&brick.patch, 2, cell) == geometry.z(cell));
    CHECK(tessera_face(&brick.patch, 0, cell) == geometry.face(Axis::x, cell));
    CHECK(tessera_face(&brick.patch, 1, cell) == geometry.face(Axis::y, cell));
  }
}

TEST_CASE("a stage cannot use a field that is declared later") {
  const std::string reason =
      " a field that has not been declared yet; list the fields before the stages in the class, since C++ "
      "initialises members in that order";
  tessera::Declare d;
  const tessera::Field<> later;
  CHECK_THROWS_WITH(d.stage("move").reads(later, 1), "stage `move` reads" + reason);
  CHECK_THROWS_WITH(d.stage("move").writes(later), "stage `move` writes" + reason);
  CHECK_THROWS_AS(d.stage("move").reads(tessera::Field<>{0}, 1), std::logic_error);
  const tessera::Field<> first = d.field("first");
  CHECK(first.index() == 0);
  CHECK_NOTHROW(d.stage("move").reads(first, 1).writes(first));
  CHECK_THROWS_AS(d.stage("move").reads(tessera::Field<>{1}, 1), std::logic_error);
  // The memory of a solver is usually 0 before its members are initialised.
  CHECK(std::bit_cast<tessera::Field<>>(std::array<char, sizeof(tessera::Field<>)>{}).index() == -1);
}

TEST_CASE("a component that is out of range is rejected") {
  std::array<double, 6> data{1, 2, 3, 4, 5, 6};
  const tessera_view layout{data.data(), {1, 0, 0, 3}, {0, 0, 0}, TESSERA_FLOAT64, 2, 0};
  const tessera::View<const double> view{data.data(), layout};
  CHECK(view(2) == 3.0);
  CHECK(view.component(0)(2) == 3.0);
  CHECK(view.component(1)(2) == 6.0);
  CHECK_THROWS_WITH(view.component(2), "component(2) is out of range: the field has 2 components");
  CHECK_THROWS_WITH(view.component(-1), "component(-1) is out of range: the field has 2 components");
  tessera::detail::Limits momentum;
  momentum.field = "momentum";
  CHECK_THROWS_WITH((tessera::View<const double>{data.data(), layout, momentum}.component(2)),
                    "component(2) is out of range: field `momentum` has 2 components");
  CHECK_THROWS_AS(view.component(1).component(1), std::out_of_range);
}

namespace {

/// Passes a component to odd_across() that the field does not have.
class InvalidComponent : public MinimalSolver {
 public:
  explicit InvalidComponent(tessera::Declare& d) : MinimalSolver{d} {
    d.field("v").components(2).odd_across(Axis::y, 2);
  }
};

/// Declares a number of dimensions that is not supported.
class InvalidDimensions : public MinimalSolver {
 public:
  explicit InvalidDimensions(tessera::Declare& d) : MinimalSolver{d} { d.dimensions({2, 4}); }
};

}  // namespace

TEST_CASE("invalid declarations are rejected with a message that contains the invalid value") {
  const Instance<InvalidComponent> solver;
  const tessera_schema* tables = nullptr;
  tessera_message message{};
  CHECK(functions<InvalidComponent>().schema(solver.get(), &tables, &message) == TESSERA_FAILED);
  CHECK(std::string{message.text} == "field `v` has 2 components, but odd_across() names component 2");
  void* raw = nullptr;
  CHECK(functions<InvalidDimensions>().create(&raw, &message) == TESSERA_FAILED);
  CHECK(std::string{message.text} == "dimensions() accepts 1, 2 and 3, not 4");
}
