// The declarations of a solver on a grid: parameters, fields, stages, diagnostics.
#ifndef TESSERA_DECLARE_HPP
#define TESSERA_DECLARE_HPP

#include <tessera/patch.hpp>
#include <tessera/plugin.hpp>

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tessera {

namespace detail {

struct OddComponent {
  Axis axis;
  int component;
};

struct FieldSlot {
  tessera_field declared{};
  std::vector<OddComponent> odd;
  std::vector<std::uint8_t> odd_axes;  // as passed to C: one mask per component
};

struct StageSlot {
  tessera_stage declared{};
  std::vector<tessera_read> reads;
  std::vector<std::int32_t> writes;
};

}  // namespace detail

/// Describes a field; converts to Field<T>.
template <class T>
class FieldBuilder {
 public:
  FieldBuilder(detail::FieldSlot& slot, int index, detail::Strings& strings)
      : slot_{&slot}, index_{index}, strings_{&strings} {}

  FieldBuilder& unit(std::string u) { return slot_->declared.unit = strings_->keep(std::move(u)), *this; }
  FieldBuilder& help(std::string h) { return slot_->declared.help = strings_->keep(std::move(h)), *this; }
  FieldBuilder& components(int n) { return slot_->declared.components = n, *this; }
  /// Sets the initial value for jobs whose [initial] omits the field. Without it, every job must set the
  /// field.
  FieldBuilder& default_value(double v) {
    slot_->declared.has_default = 1;
    slot_->declared.default_value = v;
    return *this;
  }
  /// Declares that `component` changes sign when mirrored at a face normal to `axis`, as the normal velocity
  /// does at a wall.
  FieldBuilder& odd_across(Axis axis, int component = 0) {
    slot_->odd.push_back({axis, component});
    return *this;
  }
  /// Declares that the field is set at the start, then read-only.
  FieldBuilder& constant() { return kind(TESSERA_CONSTANT); }
  /// Declares that the field passes values from one stage to a later stage of the same step.
  FieldBuilder& work() { return kind(TESSERA_WORK); }
  /// Declares that the field is computed by derive() for output and diagnostics.
  FieldBuilder& derived() { return kind(TESSERA_DERIVED); }

  operator Field<T>() const { return Field<T>{index_}; }

 private:
  FieldBuilder& kind(tessera_field_kind k) {
    slot_->declared.kind = k;
    if (k == TESSERA_WORK || k == TESSERA_DERIVED) slot_->declared.has_default = 1;
    return *this;
  }

  detail::FieldSlot* slot_;
  int index_;
  detail::Strings* strings_;
};

/// A declared stage.
class Stage {
 public:
  Stage() = default;
  explicit Stage(int index) : index_{index} {}
  int index() const { return index_; }
  friend bool operator==(Stage, Stage) = default;

 private:
  int index_ = -1;
};

/// Describes a stage; converts to Stage.
class StageBuilder {
 public:
  StageBuilder(detail::StageSlot& slot, int index, const std::deque<detail::FieldSlot>& fields)
      : slot_{&slot}, index_{index}, fields_{&fields} {}

  /// Declares that the stage reads `field` within `radius` cells along every axis. Throws std::logic_error if
  /// the field has not been declared yet.
  template <class T>
  StageBuilder& reads(Field<T> field, int radius) {
    slot_->reads.push_back({declared(field.index(), "reads"), radius});
    return *this;
  }
  /// Declares that the stage writes `field`. Throws std::logic_error if the field has not been declared yet.
  template <class T>
  StageBuilder& writes(Field<T> field) {
    slot_->writes.push_back(declared(field.index(), "writes"));
    return *this;
  }
  /// Declares that the inputs of the stage are valid at time + fraction*dt (default 0). Boundary conditions
  /// are evaluated at that time.
  StageBuilder& at(double fraction) { return slot_->declared.time_offset = fraction, *this; }

  operator Stage() const { return Stage{index_}; }

 private:
  /// Returns the index of a field that has been declared.
  int declared(int field, const char* verb) const {
    if (field >= 0 && field < static_cast<int>(fields_->size())) return field;
    throw std::logic_error(
        "stage `" + std::string(slot_->declared.name) + "` " + verb +
        " a field that has not been declared yet; list the fields before the stages in the "
        "class, since C++ initialises members in that order");
  }

  detail::StageSlot* slot_;
  int index_;
  const std::deque<detail::FieldSlot>* fields_;
};

/// Describes a diagnostic: one number, computed from one component of a field over the whole domain.
class DiagnosticBuilder {
 public:
  DiagnosticBuilder(tessera_diagnostic& declared, detail::Strings& strings)
      : declared_{&declared}, strings_{&strings} {}

  template <class T>
  DiagnosticBuilder& sum(Field<T> f, int component = 0) {
    return reduction(TESSERA_SUM, f.index(), component);
  }
  template <class T>
  DiagnosticBuilder& min(Field<T> f, int component = 0) {
    return reduction(TESSERA_MIN, f.index(), component);
  }
  template <class T>
  DiagnosticBuilder& max(Field<T> f, int component = 0) {
    return reduction(TESSERA_MAX, f.index(), component);
  }
  template <class T>
  DiagnosticBuilder& l1(Field<T> f, int component = 0) {
    return reduction(TESSERA_L1, f.index(), component);
  }
  template <class T>
  DiagnosticBuilder& l2(Field<T> f, int component = 0) {
    return reduction(TESSERA_L2, f.index(), component);
  }
  /// Weights each cell by its length, area or volume.
  DiagnosticBuilder& times_cell_volume() { return declared_->times_volume = 1, *this; }
  DiagnosticBuilder& unit(std::string u) { return declared_->unit = strings_->keep(std::move(u)), *this; }
  DiagnosticBuilder& help(std::string h) { return declared_->help = strings_->keep(std::move(h)), *this; }

 private:
  DiagnosticBuilder& reduction(tessera_reduction r, int field, int component) {
    declared_->reduction = r;
    declared_->field = field;
    declared_->component = component;
    return *this;
  }

  tessera_diagnostic* declared_;
  detail::Strings* strings_;
};

/// Passed to the constructor of a solver, which uses it to declare parameters, fields, stages and
/// diagnostics.
class Declare {
 public:
  /// Declares a parameter with a default value. The parameter has the type of this value.
  template <class T>
  auto parameter(std::string name, const T& default_value) {
    using Value = std::conditional_t<std::is_convertible_v<T, std::string>, std::string, T>;
    auto builder = required<Value>(std::move(name));
    builder.default_value(Value{default_value});
    return builder;
  }

  /// Declares a parameter that every job must set.
  template <class T = double>
  ParameterBuilder<T> required(std::string name) {
    return parameters_.add<T>(std::move(name));
  }

  /// Declares a list: a parameter with any number of values.
  template <class T = double>
  ParameterBuilder<T> list(std::string name) {
    return parameters_.add<T>(std::move(name), TESSERA_LIST);
  }

  /// Declares a parameter whose value changes with time.
  ParameterBuilder<double> series(std::string name) {
    return parameters_.add<double>(std::move(name), TESSERA_SERIES);
  }

  /// Declares a table, with named columns and any number of rows.
  TableBuilder table(std::string name) { return parameters_.add_table(std::move(name)); }

  template <class T = double>
  FieldBuilder<T> field(std::string name) {
    static_assert(std::is_same_v<T, double> || std::is_same_v<T, float>,
                  "the values of a field are double or float");
    auto& slot = fields_.emplace_back();
    slot.declared.name = strings_.keep(std::move(name));
    slot.declared.unit = slot.declared.help = "";
    slot.declared.scalar = std::is_same_v<T, double> ? TESSERA_FLOAT64 : TESSERA_FLOAT32;
    slot.declared.components = 1;
    return {slot, static_cast<int>(fields_.size()) - 1, strings_};
  }

  StageBuilder stage(std::string name) {
    auto& slot = stages_.emplace_back();
    slot.declared.name = strings_.keep(std::move(name));
    return {slot, static_cast<int>(stages_.size()) - 1, fields_};
  }

  DiagnosticBuilder diagnostic(std::string name) {
    auto& d = diagnostics_.emplace_back();
    d.name = strings_.keep(std::move(name));
    d.unit = d.help = "";
    d.field = -1;
    return {d, strings_};
  }

  /// Sets the factor in dt = cfl * stable_dt() if the job sets no `cfl` (default 0.9).
  Declare& default_cfl(double cfl) { return schema_.default_cfl = cfl, *this; }

  /// Sets the numbers of dimensions that the solver supports (default: 1, 2 and 3).
  Declare& dimensions(std::initializer_list<int> list) {
    schema_.dimensions = 0;
    for (const int d : list) {
      if (d < 1 || d > 3) throw std::logic_error("dimensions() accepts 1, 2 and 3, not " + std::to_string(d));
      schema_.dimensions |= 1u << (d - 1);
    }
    return *this;
  }

  /// Declares that the solver also supports longitude-latitude grids.
  Declare& allows_spherical() { return schema_.geometries |= 1u << TESSERA_SPHERICAL, *this; }

  /// Declares that update() keeps state between calls, so that it is not a pure function of its inputs. Each
  /// step is then completed on all cells before the next step begins, which is slower.
  Declare& one_step_at_a_time() { return flags_ |= TESSERA_ONE_STEP, *this; }

  /// The C tables built by the last call to schema().
  const tessera_schema& tables() const { return schema_; }

  /// Builds the C tables of all declarations. `flags`: tessera_schema_flags. Throws std::logic_error if
  /// odd_across() names a component that its field does not have.
  const tessera_schema& schema(std::uint32_t flags) {
    fill_fields();
    fill_stages();
    const std::vector<tessera_parameter>& parameters = parameters_.table();
    schema_.struct_size = sizeof(tessera_schema);
    schema_.flags = flags | flags_;
    schema_.parameter_count = static_cast<std::int32_t>(parameters.size());
    schema_.parameter_size = sizeof(tessera_parameter);
    schema_.parameters = parameters.data();
    schema_.field_count = static_cast<std::int32_t>(schema_fields_.size());
    schema_.field_size = sizeof(tessera_field);
    schema_.fields = schema_fields_.data();
    schema_.stage_count = static_cast<std::int32_t>(schema_stages_.size());
    schema_.stage_size = sizeof(tessera_stage);
    schema_.stages = schema_stages_.data();
    schema_.diagnostic_count = static_cast<std::int32_t>(diagnostics_.size());
    schema_.diagnostic_size = sizeof(tessera_diagnostic);
    schema_.diagnostics = diagnostics_.data();
    return schema_;
  }

  /// Stores the values of the parameters, and records which fields the job's [initial] sets.
  void bind(const tessera_grid_configuration& c) {
    parameters_.bind(c.values, c.value_count, c.value_size);
    given_.assign(c.field_given, c.field_given + fields_.size());
  }

  /// Whether the job's [initial] sets the field. Must not be called before bind().
  bool given(int field) const { return given_.at(static_cast<std::size_t>(field)) != 0; }

 private:
  void fill_fields() {
    schema_fields_.clear();
    for (detail::FieldSlot& f : fields_) {
      f.odd_axes.assign(f.odd.empty() ? 0 : TESSERA_MAX_COMPONENTS, 0);
      for (const detail::OddComponent& o : f.odd) {
        if (o.component < 0 || o.component >= f.declared.components ||
            o.component >= TESSERA_MAX_COMPONENTS) {
          throw std::logic_error("field `" + std::string(f.declared.name) + "` has " +
                                 std::to_string(f.declared.components) +
                                 (f.declared.components == 1 ? " component" : " components") +
                                 ", but odd_across() names component " + std::to_string(o.component));
        }
        auto& mask = f.odd_axes[static_cast<std::size_t>(o.component)];
        mask = static_cast<std::uint8_t>(mask | (1u << static_cast<int>(o.axis)));
      }
      f.declared.odd_axes = f.odd.empty() ? nullptr : f.odd_axes.data();
      schema_fields_.push_back(f.declared);
    }
  }

  void fill_stages() {
    schema_stages_.clear();
    for (detail::StageSlot& s : stages_) {
      s.declared.reads = s.reads.data();
      s.declared.read_count = static_cast<std::int32_t>(s.reads.size());
      s.declared.writes = s.writes.data();
      s.declared.write_count = static_cast<std::int32_t>(s.writes.size());
      schema_stages_.push_back(s.declared);
    }
  }

  static tessera_schema defaults() {
    tessera_schema s{};
    s.dimensions = 7;
    s.geometries = 1u << TESSERA_CARTESIAN;
    s.default_cfl = 0.9;
    return s;
  }

  detail::Strings strings_;
  detail::Parameters parameters_;
  std::deque<detail::FieldSlot> fields_;
  std::deque<detail::StageSlot> stages_;
  std::vector<tessera_diagnostic> diagnostics_;
  std::vector<tessera_field> schema_fields_;
  std::vector<tessera_stage> schema_stages_;
  std::vector<std::uint8_t> given_;
  std::uint32_t flags_ = 0;
  tessera_schema schema_ = defaults();
};

}  // namespace tessera

#endif
