// What a solver declares: parameters, fields, stages, diagnostics.
#ifndef TESSERA_DECLARE_HPP
#define TESSERA_DECLARE_HPP

#include <tessera/patch.hpp>

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tessera {

namespace detail {

/// Strings with addresses that stay, for the C tables.
class Strings {
 public:
  const char* keep(std::string text) { return kept_.emplace_back(std::move(text)).c_str(); }

 private:
  std::deque<std::string> kept_;
};

struct ParameterSlot {
  tessera_parameter declared{};
  std::vector<const char*> choices;
  tessera_values values{};  // filled by configure
};

struct FieldSlot {
  tessera_field declared{};
  std::vector<std::uint8_t> odd;
};

struct StageSlot {
  tessera_stage declared{};
  std::vector<tessera_access> reads;
  std::vector<std::int32_t> writes;
};

template <class T>
constexpr tessera_parameter_type parameter_type() {
  if constexpr (std::is_same_v<T, bool>) {
    return TESSERA_BOOLEAN;
  } else if constexpr (std::is_integral_v<T>) {
    return TESSERA_INTEGER;
  } else if constexpr (std::is_floating_point_v<T>) {
    return TESSERA_REAL;
  } else {
    return TESSERA_TEXT;
  }
}

template <class T>
T value_of(const ParameterSlot& slot, std::int64_t row) {
  if constexpr (parameter_type<T>() == TESSERA_TEXT) {
    return slot.values.texts[row];
  } else {
    return static_cast<T>(slot.values.numbers[row]);
  }
}

}  // namespace detail

/// Describes a parameter; converts to Parameter<T> or Column<T>. T is double, int, std::int64_t, bool or
/// std::string.
template <class T>
class ParameterBuilder {
 public:
  ParameterBuilder(detail::ParameterSlot& slot, detail::Strings& strings)
      : slot_{&slot}, strings_{&strings} {}

  ParameterBuilder& unit(std::string u) { return slot_->declared.unit = strings_->keep(std::move(u)), *this; }
  ParameterBuilder& help(std::string h) { return slot_->declared.help = strings_->keep(std::move(h)), *this; }
  ParameterBuilder& at_least(double v) { return bound(slot_->declared.minimum, v, TESSERA_HAS_MINIMUM); }
  ParameterBuilder& at_most(double v) { return bound(slot_->declared.maximum, v, TESSERA_HAS_MAXIMUM); }
  ParameterBuilder& above(double v) {
    return bound(slot_->declared.minimum, v, TESSERA_HAS_MINIMUM | TESSERA_MINIMUM_OPEN);
  }
  ParameterBuilder& below(double v) {
    return bound(slot_->declared.maximum, v, TESSERA_HAS_MAXIMUM | TESSERA_MAXIMUM_OPEN);
  }
  /// The value a job gets that does not set it.
  ParameterBuilder& default_value(const T& v) {
    slot_->declared.flags |= TESSERA_HAS_DEFAULT;
    if constexpr (detail::parameter_type<T>() == TESSERA_TEXT) {
      slot_->declared.default_text = strings_->keep(v);
    } else {
      slot_->declared.default_number = static_cast<double>(v);
    }
    return *this;
  }
  /// The only texts allowed.
  ParameterBuilder& one_of(std::initializer_list<const char*> texts) {
    for (const char* t : texts) slot_->choices.push_back(strings_->keep(t));
    return *this;
  }

  const detail::ParameterSlot* slot() const { return slot_; }

 private:
  ParameterBuilder& bound(double& target, double value, unsigned flags) {
    target = value;
    slot_->declared.flags |= flags;
    return *this;
  }

  detail::ParameterSlot* slot_;
  detail::Strings* strings_;
};

/// A parameter of the job. It has its value from configure() on; reading it earlier is an error.
template <class T>
class Parameter {
 public:
  Parameter(const ParameterBuilder<T>& builder) : slot_{builder.slot()} {}
  operator T() const { return value(); }
  T value() const {
    if (slot_->values.count != 1) throw std::logic_error("a parameter was read before configure()");
    return detail::value_of<T>(*slot_, 0);
  }

 private:
  const detail::ParameterSlot* slot_;
};

/// One key of an array of tables [[parameters.TABLE]]: a value a row.
template <class T>
class Column {
 public:
  Column(const ParameterBuilder<T>& builder) : slot_{builder.slot()} {}
  std::int64_t size() const { return slot_->values.count; }
  T operator[](std::int64_t row) const { return detail::value_of<T>(*slot_, row); }

 private:
  const detail::ParameterSlot* slot_;
};

/// Describes a field; converts to Field<T>.
template <class T>
class FieldBuilder {
 public:
  FieldBuilder(detail::FieldSlot& slot, int index, detail::Strings& strings)
      : slot_{&slot}, index_{index}, strings_{&strings} {}

  FieldBuilder& unit(std::string u) { return slot_->declared.unit = strings_->keep(std::move(u)), *this; }
  FieldBuilder& help(std::string h) { return slot_->declared.help = strings_->keep(std::move(h)), *this; }
  FieldBuilder& components(int n) { return slot_->declared.components = n, *this; }
  /// The value it starts from where [initial] does not set it. Without one, [initial] must.
  FieldBuilder& default_value(double v) {
    slot_->declared.has_default = 1;
    slot_->declared.default_value = v;
    return *this;
  }
  /// `component` changes sign in a wall across `axis`, as the normal component of a velocity does.
  FieldBuilder& odd_across(Axis axis, int component = 0) {
    if (component < 0 || component >= TESSERA_MAX_COMPONENTS) throw std::logic_error("no such component");
    if (slot_->odd.size() <= static_cast<std::size_t>(component)) slot_->odd.resize(TESSERA_MAX_COMPONENTS);
    auto& mask = slot_->odd[static_cast<std::size_t>(component)];
    mask = static_cast<std::uint8_t>(mask | (1u << static_cast<int>(axis)));
    return *this;
  }
  /// Set once at the start, then only read.
  FieldBuilder& constant() { return kind(TESSERA_CONSTANT); }
  /// Handed from one stage to a later one of the same step.
  FieldBuilder& work() { return kind(TESSERA_WORK); }
  /// Computed by derive() for output and diagnostics.
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
  StageBuilder(detail::StageSlot& slot, int index) : slot_{&slot}, index_{index} {}

  /// The stage reads `field` within `radius` cells along every axis.
  template <class T>
  StageBuilder& reads(Field<T> field, int radius) {
    slot_->reads.push_back({field.index(), radius});
    return *this;
  }
  template <class T>
  StageBuilder& writes(Field<T> field) {
    slot_->writes.push_back(field.index());
    return *this;
  }
  /// What the stage reads holds at time + fraction*dt (0 unless said).
  StageBuilder& at(double fraction) { return slot_->declared.time_offset = fraction, *this; }

  operator Stage() const { return Stage{index_}; }

 private:
  detail::StageSlot* slot_;
  int index_;
};

/// Describes a diagnostic: a number computed from one field over the whole domain.
class DiagnosticBuilder {
 public:
  DiagnosticBuilder(tessera_diagnostic& declared, detail::Strings& strings)
      : declared_{&declared}, strings_{&strings} {}

  template <class T>
  DiagnosticBuilder& sum(Field<T> f, int component = 0) {
    return of(TESSERA_SUM, f.index(), component);
  }
  template <class T>
  DiagnosticBuilder& min(Field<T> f, int component = 0) {
    return of(TESSERA_MIN, f.index(), component);
  }
  template <class T>
  DiagnosticBuilder& max(Field<T> f, int component = 0) {
    return of(TESSERA_MAX, f.index(), component);
  }
  template <class T>
  DiagnosticBuilder& l1(Field<T> f, int component = 0) {
    return of(TESSERA_L1, f.index(), component);
  }
  template <class T>
  DiagnosticBuilder& l2(Field<T> f, int component = 0) {
    return of(TESSERA_L2, f.index(), component);
  }
  /// Weighs each cell by its length, area or volume.
  DiagnosticBuilder& times_cell_volume() { return declared_->times_volume = 1, *this; }
  DiagnosticBuilder& unit(std::string u) { return declared_->unit = strings_->keep(std::move(u)), *this; }
  DiagnosticBuilder& help(std::string h) { return declared_->help = strings_->keep(std::move(h)), *this; }

 private:
  DiagnosticBuilder& of(tessera_reduction r, int field, int component) {
    declared_->reduction = r;
    declared_->field = field;
    declared_->component = component;
    return *this;
  }

  tessera_diagnostic* declared_;
  detail::Strings* strings_;
};

/// An array of tables [[parameters.NAME]] of the job.
class TableBuilder {
 public:
  TableBuilder(std::deque<detail::ParameterSlot>& slots, const char* name, detail::Strings& strings)
      : slots_{&slots}, name_{name}, strings_{&strings} {}

  template <class T = double>
  ParameterBuilder<T> column(std::string name) {
    auto& slot = slots_->emplace_back();
    slot.declared.name = strings_->keep(std::move(name));
    slot.declared.table = name_;
    slot.declared.unit = slot.declared.help = "";
    slot.declared.type = detail::parameter_type<T>();
    return {slot, *strings_};
  }

 private:
  std::deque<detail::ParameterSlot>* slots_;
  const char* name_;
  detail::Strings* strings_;
};

/// Handed to a solver's constructor, which says through it what the solver is made of.
class Declare {
 public:
  /// A parameter with a default, of the default's type.
  template <class T>
  auto parameter(std::string name, const T& default_value) {
    using Value = std::conditional_t<std::is_convertible_v<T, std::string>, std::string, T>;
    auto builder = required<Value>(std::move(name));
    builder.default_value(Value{default_value});
    return builder;
  }

  /// A parameter that every job must set.
  template <class T = double>
  ParameterBuilder<T> required(std::string name) {
    return TableBuilder{parameters_, nullptr, strings_}.column<T>(std::move(name));
  }

  TableBuilder table(std::string name) { return {parameters_, strings_.keep(std::move(name)), strings_}; }

  template <class T = double>
  FieldBuilder<T> field(std::string name) {
    static_assert(std::is_same_v<T, double> || std::is_same_v<T, float>, "fields hold double or float");
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
    return {slot, static_cast<int>(stages_.size()) - 1};
  }

  DiagnosticBuilder diagnostic(std::string name) {
    auto& d = diagnostics_.emplace_back();
    d.name = strings_.keep(std::move(name));
    d.unit = d.help = "";
    d.field = -1;
    return {d, strings_};
  }

  /// dt = cfl * stable_dt() unless the job sets another cfl (0.9 unless said here).
  Declare& default_cfl(double cfl) { return cfl_ = cfl, *this; }

  /// Dimensions the solver works in (1, 2 and 3 unless said).
  Declare& dimensions(std::initializer_list<int> list) {
    dimensions_ = 0;
    for (int d : list) dimensions_ |= 1u << (d - 1);
    return *this;
  }

  /// The solver also works in longitude and latitude.
  Declare& allows_spherical() { return geometries_ |= 1u << TESSERA_SPHERICAL, *this; }
  /// For a solver whose update() is no pure function of what it reads, as one that counts or remembers: the
  /// driver then completes each step everywhere before the next begins, which is slower.
  Declare& one_step_at_a_time() { return more_flags_ |= TESSERA_ONE_STEP, *this; }

  /// The C tables as schema() has made them last.
  const tessera_schema& tables() const { return schema_; }

  /// The C tables of all that was declared; `flags` are tessera_schema_flags.
  const tessera_schema& schema(std::uint32_t flags) {
    schema_parameters_.clear();
    schema_fields_.clear();
    schema_stages_.clear();
    for (auto& p : parameters_) {
      p.declared.choices = p.choices.empty() ? nullptr : p.choices.data();
      p.declared.choice_count = static_cast<std::int32_t>(p.choices.size());
      schema_parameters_.push_back(p.declared);
    }
    for (auto& f : fields_) {
      f.declared.odd_axes = f.odd.empty() ? nullptr : f.odd.data();
      schema_fields_.push_back(f.declared);
    }
    for (auto& s : stages_) {
      s.declared.reads = s.reads.data();
      s.declared.read_count = static_cast<std::int32_t>(s.reads.size());
      s.declared.writes = s.writes.data();
      s.declared.write_count = static_cast<std::int32_t>(s.writes.size());
      schema_stages_.push_back(s.declared);
    }
    schema_.struct_size = sizeof(tessera_schema);
    schema_.flags = flags | more_flags_;
    schema_.dimensions = dimensions_;
    schema_.geometries = geometries_;
    schema_.default_cfl = cfl_;
    schema_.parameters = schema_parameters_.data();
    schema_.parameter_count = static_cast<std::int32_t>(schema_parameters_.size());
    schema_.fields = schema_fields_.data();
    schema_.field_count = static_cast<std::int32_t>(schema_fields_.size());
    schema_.stages = schema_stages_.data();
    schema_.stage_count = static_cast<std::int32_t>(schema_stages_.size());
    schema_.diagnostics = diagnostics_.data();
    schema_.diagnostic_count = static_cast<std::int32_t>(diagnostics_.size());
    return schema_;
  }

  /// Gives the parameters their values and notes which fields the job sets.
  void bind(const tessera_configuration& c) {
    if (c.value_count != static_cast<std::int32_t>(parameters_.size())) {
      throw std::logic_error("configured with another number of parameters than declared");
    }
    for (std::size_t n = 0; n < parameters_.size(); ++n) parameters_[n].values = c.values[n];
    given_.assign(c.field_given, c.field_given + fields_.size());
  }

  bool given(int field) const { return given_[static_cast<std::size_t>(field)] != 0; }

 private:
  detail::Strings strings_;
  std::deque<detail::ParameterSlot> parameters_;
  std::deque<detail::FieldSlot> fields_;
  std::deque<detail::StageSlot> stages_;
  std::vector<tessera_diagnostic> diagnostics_;
  std::vector<tessera_parameter> schema_parameters_;
  std::vector<tessera_field> schema_fields_;
  std::vector<tessera_stage> schema_stages_;
  std::vector<std::uint8_t> given_;
  std::uint32_t dimensions_ = 7;
  std::uint32_t geometries_ = 1u << TESSERA_CARTESIAN;
  std::uint32_t more_flags_ = 0;
  double cfl_ = 0.9;
  tessera_schema schema_{};
};

}  // namespace tessera

#endif
