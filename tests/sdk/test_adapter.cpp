// A solver class behind the C interface, seen as the framework sees it.
#include <tessera/solver.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using tessera::Axis;

/// What the solver was called with last, and what it is to throw.
struct Record {
  int alive = 0;
  int stage = -1;
  int field = -1;
  tessera::Face face{};
  tessera::Region region{};
  double time = 0.0;
  double dt = 0.0;
  double rate = 0.0;
  std::string error;
  bool odd_error = false;
};

Record& record() {
  static Record all;
  return all;
}

void fail_if_asked() {
  if (record().odd_error) throw 42;
  if (!record().error.empty()) throw std::runtime_error(record().error);
}

class Everything : public tessera::GridSolver {
 public:
  explicit Everything(tessera::Declare& d)
      : rate_{d.parameter("rate", 0.5).unit("1/s").help("how fast").above(0.0).at_most(2.0)},
        rounds_{d.required<int>("rounds").at_least(1)},
        on_{d.parameter("on", true)},
        mode_{d.parameter("mode", "slow").one_of({"slow", "fast"})},
        places_{d.table("gauge").column("x").unit("m")},
        u_{d.field("u").unit("K").help("temperature").default_value(3.0)},
        v_{d.field<float>("v").components(2).odd_across(Axis::x, 0).odd_across(Axis::y, 1)},
        k_{d.field("k").constant()},
        w_{d.field("w").derived()},
        first_{d.stage("first").reads(u_, 2).reads(k_, 0).writes(u_)},
        second_{d.stage("second").reads(u_, 1).writes(v_).at(0.5)} {
    d.default_cfl(0.25).dimensions({1, 3}).allows_spherical().one_step_at_a_time();
    d.diagnostic("heat").sum(u_).times_cell_volume().unit("J").help("all of it");
    d.diagnostic("fastest").max(v_, 1);
    fail_if_asked();
    ++record().alive;
  }
  ~Everything() override { --record().alive; }

  void configure(const tessera::Geometry& g) override {
    fail_if_asked();
    record().rate = rate_ * g.spacing(Axis::x) + rounds_ + (on_ ? 100 : 0) +
                    (mode_.value() == "fast" ? 1000 : 0) + static_cast<double>(places_.size()) * 10000 +
                    places_[1] + (given(u_) ? 1e6 : 0) + (given(k_) ? 1e7 : 0);
  }
  void initialize(tessera::Patch& p, tessera::Region cells, double time) override {
    fail_if_asked();
    record().region = cells;
    record().time = time;
    const auto u = p.write(u_);
    tessera::for_each(cells, [=](int i, int j, int k) { u(i, j, k) = 5.0; });
  }
  double stable_dt(const tessera::Geometry&) const override { return 0.5; }
  double local_stable_dt(const tessera::Patch& p, tessera::Region cells, double time) const override {
    fail_if_asked();
    return p.read(u_)(cells.lower[0]) + time;
  }
  void update(const tessera::Stage& stage, tessera::Patch& p, tessera::Region cells, double time,
              double dt) override {
    fail_if_asked();
    record().stage = stage == first_ ? 1 : stage == second_ ? 2 : 0;
    record().region = cells;
    record().time = time;
    record().dt = dt;
    const auto u = p.read(u_);
    const auto next = p.write(u_);
    tessera::for_each(cells, [=](int i, int j, int k) { next(i, j, k) = u(i - 1, j, k) + u(i + 1, j, k); });
  }
  void derive(tessera::Patch& p, tessera::Region cells, double time) override {
    fail_if_asked();
    const auto u = p.read(u_);
    const auto w = p.write(w_);
    tessera::for_each(cells, [=](int i, int j, int k) { w(i, j, k) = time * u(i, j, k); });
  }
  void boundary(tessera::Patch&, tessera::Region ghosts, int field, tessera::Face face,
                double time) override {
    fail_if_asked();
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
  tessera::Column<double> places_;
  tessera::Field<> u_;
  tessera::Field<float> v_;
  tessera::Field<> k_;
  tessera::Field<> w_;
  tessera::Stage first_;
  tessera::Stage second_;
};

/// Has nothing but what it must have.
class Least : public tessera::GridSolver {
 public:
  explicit Least(tessera::Declare& d) : u_{d.field("u")} {}
  void update(const tessera::Stage&, tessera::Patch&, tessera::Region, double, double) override {}

 private:
  tessera::Field<> u_;
};

/// Reads a parameter before it has a value.
class Hasty : public Least {
 public:
  explicit Hasty(tessera::Declare& d) : Least{d}, rate_{d.parameter("rate", 1.0)} {
    static_cast<void>(rate_.value());
  }

 private:
  tessera::Parameter<double> rate_;
};

template <class Solver>
const tessera_solver_descriptor& descriptor() {
  return tessera::detail::Adapter<Solver>::descriptor("name", "1.2.3", "a summary");
}

/// An instance behind the interface.
template <class Solver>
class Instance {
 public:
  Instance() {
    record() = {};
    void* raw = nullptr;
    if (descriptor<Solver>().create(&raw, nullptr) == TESSERA_OK) pointer_.reset(raw);
    REQUIRE(pointer_);
  }
  void* get() const { return pointer_.get(); }
  const tessera_schema& schema() const {
    const tessera_schema* s = nullptr;
    REQUIRE(descriptor<Solver>().schema(get(), &s, nullptr) == TESSERA_OK);
    return *s;
  }

 private:
  std::unique_ptr<void, void (*)(void*)> pointer_{nullptr, descriptor<Solver>().destroy};
};

/// A patch of six cells from cell 10 on, with two ghost cells on each side.
struct Brick {
  tessera_geometry geometry{TESSERA_CARTESIAN, 1, {40, 1, 1}, {2.0, 0.0, 0.0}, {12.0, 1.0, 1.0},
                            {0.25, 1.0, 1.0},  0};
  std::array<double, 10> now{};
  std::array<double, 10> next{};
  std::array<double, 10> derived{};
  std::array<tessera_view, 4> reads{};
  std::array<tessera_view, 4> writes{};
  tessera_patch patch{&geometry, {10, 0, 0}, {6, 1, 1}, 4, reads.data(), writes.data()};

  Brick() {
    for (std::size_t n = 0; n < now.size(); ++n) now[n] = static_cast<double>(n * n);
    reads[0] = {&now[2], {1, 0, 0, 10}, {2, 0, 0}, TESSERA_FLOAT64};
    writes[0] = {&next[2], {1, 0, 0, 10}, {2, 0, 0}, TESSERA_FLOAT64};
    writes[3] = {&derived[2], {1, 0, 0, 10}, {2, 0, 0}, TESSERA_FLOAT64};
  }
  Brick(const Brick&) = delete;
  Brick& operator=(const Brick&) = delete;
};

constexpr tessera_region middle{{1, 0, 0}, {4, 1, 1}};

}  // namespace

TEST_CASE("the descriptor names the interface and the solver, and has every function") {
  const tessera_solver_descriptor& d = descriptor<Everything>();
  CHECK(d.abi_version == TESSERA_ABI_VERSION);
  CHECK(d.struct_size == sizeof(tessera_solver_descriptor));
  CHECK(std::string{d.name} + d.version + d.summary == "name1.2.3a summary");
  CHECK((d.create && d.destroy && d.schema && d.configure && d.initialize && d.stable_dt && d.update &&
         d.derive && d.boundary));
}

TEST_CASE("instances are made and destroyed one by one") {
  const Instance<Everything> first;
  {
    const Instance<Least> other;
    void* raw = nullptr;
    record().alive = 1;
    REQUIRE(descriptor<Everything>().create(&raw, nullptr) == TESSERA_OK);
    CHECK(record().alive == 2);
    CHECK(raw != first.get());
    descriptor<Everything>().destroy(raw);
    CHECK(record().alive == 1);
  }
}

TEST_CASE("flags say which functions a class overrides") {
  const Instance<Least> least;
  CHECK(least.schema().flags == 0);
  const Instance<Everything> everything;
  CHECK(everything.schema().flags ==
        (TESSERA_LOCAL_DT | TESSERA_HAS_DT | TESSERA_HAS_DERIVE | TESSERA_HAS_BOUNDARY | TESSERA_ONE_STEP));
}

TEST_CASE("the tables hold what the constructor declares") {
  const Instance<Everything> solver;
  for (int again = 0; again < 2; ++again) {  // the schema may be asked for more than once
    const tessera_schema& s = solver.schema();
    CHECK(s.struct_size == sizeof(tessera_schema));
    CHECK(s.dimensions == 0b101);
    CHECK(s.geometries == 0b11);
    CHECK(s.default_cfl == 0.25);
    REQUIRE(s.parameter_count == 5);
    const tessera_parameter& rate = s.parameters[0];
    CHECK(std::string{rate.name} + "/" + rate.unit + "/" + rate.help == "rate/1/s/how fast");
    CHECK(rate.table == nullptr);
    CHECK(rate.type == TESSERA_REAL);
    CHECK(rate.flags ==
          (TESSERA_HAS_DEFAULT | TESSERA_HAS_MINIMUM | TESSERA_MINIMUM_OPEN | TESSERA_HAS_MAXIMUM));
    CHECK((rate.default_number == 0.5 && rate.minimum == 0.0 && rate.maximum == 2.0));
    CHECK((s.parameters[1].type == TESSERA_INTEGER && s.parameters[1].flags == TESSERA_HAS_MINIMUM));
    CHECK((s.parameters[2].type == TESSERA_BOOLEAN && s.parameters[2].default_number == 1.0));
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

TEST_CASE("configure gives parameters their values and says which fields the job sets") {
  const Instance<Everything> solver;
  const Brick brick;
  const double rate = 2.0;
  const double rounds = 7.0;
  const double on = 0.0;
  const char* mode = "fast";
  const std::array<double, 3> places{1.0, 0.125, 2.0};
  const std::array<tessera_values, 5> values{{{1, &rate, nullptr},
                                              {1, &rounds, nullptr},
                                              {1, &on, nullptr},
                                              {1, nullptr, &mode},
                                              {3, places.data(), nullptr}}};
  const std::array<std::uint8_t, 4> given{1, 0, 0, 0};
  tessera_configuration c{sizeof(tessera_configuration), &brick.geometry, values.data(), 5, given.data()};
  REQUIRE(descriptor<Everything>().configure(solver.get(), &c, nullptr) == TESSERA_OK);
  CHECK(record().rate == 2.0 * 0.25 + 7.0 + 1000.0 + 30000.0 + 0.125 + 1e6);
  c.value_count = 4;
  tessera_message message{};
  CHECK(descriptor<Everything>().configure(solver.get(), &c, &message) == TESSERA_FAILED);
  CHECK(std::string{message.text} == "configured with another number of parameters than declared");
}

TEST_CASE("a parameter that is read before configure fails the constructor") {
  void* raw = nullptr;
  tessera_message message{};
  CHECK(descriptor<Hasty>().create(&raw, &message) == TESSERA_FAILED);
  CHECK(raw == nullptr);
  CHECK(std::string{message.text} == "a parameter was read before configure()");
}

TEST_CASE("calls reach the class with their patch, region and times") {
  const Instance<Everything> solver;
  const tessera_solver_descriptor& d = descriptor<Everything>();
  static_cast<void>(solver.schema());
  Brick brick;
  REQUIRE(d.update(solver.get(), 1, &brick.patch, middle, 1.5, 0.25, nullptr) == TESSERA_OK);
  CHECK((record().stage == 2 && record().time == 1.5 && record().dt == 0.25));
  CHECK((record().region.lower[0] == 1 && record().region.upper[0] == 4 && record().region.upper[2] == 1));
  // Local cell i is element i + 2 and holds its square: (i + 1)^2 + (i + 3)^2.
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

TEST_CASE("a class without a stable step has none, and its optional functions do nothing") {
  const Instance<Least> solver;
  const tessera_solver_descriptor& d = descriptor<Least>();
  Brick brick;
  double dt = 0.0;
  REQUIRE(d.stable_dt(solver.get(), &brick.patch, middle, 0.0, &dt, nullptr) == TESSERA_OK);
  CHECK(dt == std::numeric_limits<double>::infinity());
  CHECK(d.initialize(solver.get(), &brick.patch, middle, 0.0, nullptr) == TESSERA_OK);
  CHECK(d.derive(solver.get(), &brick.patch, middle, 0.0, nullptr) == TESSERA_OK);
  CHECK(brick.next == std::array<double, 10>{});
}

TEST_CASE("what a class throws becomes a status and a message, cut to its room") {
  const Instance<Everything> solver;
  const tessera_solver_descriptor& d = descriptor<Everything>();
  static_cast<void>(solver.schema());
  Brick brick;
  double dt = 0.0;
  const auto check_all = [&](const std::string& want) {
    const auto failed = [&](auto call) {
      tessera_message message{};
      CHECK(call(&message) == TESSERA_FAILED);
      CHECK(std::string{message.text} == want);
      CHECK(call(static_cast<tessera_message*>(nullptr)) == TESSERA_FAILED);
    };
    void* none = nullptr;
    failed([&](auto* m) { return d.create(&none, m); });
    failed([&](auto* m) { return d.initialize(solver.get(), &brick.patch, middle, 0, m); });
    failed([&](auto* m) { return d.stable_dt(solver.get(), &brick.patch, middle, 0, &dt, m); });
    failed([&](auto* m) { return d.update(solver.get(), 0, &brick.patch, middle, 0, 0, m); });
    failed([&](auto* m) { return d.derive(solver.get(), &brick.patch, middle, 0, m); });
    failed([&](auto* m) { return d.boundary(solver.get(), &brick.patch, middle, 0, 0, 0, 0, m); });
    CHECK(none == nullptr);
  };
  record().error = "too cold";
  check_all("too cold");
  record().error = std::string(TESSERA_MESSAGE_SIZE - 1, 'x');
  check_all(record().error);
  record().error += "yz";
  check_all(std::string(TESSERA_MESSAGE_SIZE - 1, 'x'));
  record().odd_error = true;
  check_all("the solver threw something that is no std::exception");
}

TEST_CASE("a field that a stage does not declare cannot be reached") {
  Brick brick;
  const tessera::Patch patch{brick.patch};
  CHECK_NOTHROW(patch.read(tessera::Field<>{0}));
  CHECK_THROWS_WITH(patch.read(tessera::Field<>{1}),
                    "this stage does not declare that it reads field number 1");
  CHECK_THROWS_WITH(patch.write(tessera::Field<>{4}),
                    "this stage does not declare that it writes field number 4");
  CHECK_THROWS_AS(patch.read(tessera::Field<>{}), std::logic_error);
  CHECK(patch.cell_at({Axis::x, tessera::Side::lower}) == -10);
  CHECK(patch.cell_at({Axis::x, tessera::Side::upper}) == 29);
  CHECK(patch.extent(Axis::x) == 6);
  CHECK(patch.geometry().x(0) == 2.0 + 10.5 * 0.25);
  CHECK(patch.geometry().face(Axis::x, -10) == 2.0);
}
