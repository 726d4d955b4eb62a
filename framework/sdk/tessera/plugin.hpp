// Shared by C++ plugins of every kind: parameters, and the conversion of exceptions to a status and a
// message.
#ifndef TESSERA_PLUGIN_HPP
#define TESSERA_PLUGIN_HPP

#include <tessera/plugin.h>
#include <tessera/series.h>
#include <tessera/requirements.hpp>

#include <cstdint>
#include <cstring>
#include <deque>
#include <exception>
#include <initializer_list>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tessera {

namespace detail {

/// Stores strings at stable addresses, for the C tables.
class Strings {
 public:
  const char* keep(std::string text) { return kept_.emplace_back(std::move(text)).c_str(); }

 private:
  std::deque<std::string> kept_;
};

struct ParameterSlot {
  tessera_parameter declared{};
  std::vector<const char*> choices;
  std::vector<tessera_number> default_numbers;
  std::vector<const char*> default_texts;
  tessera_values values{};  // set by configure()
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
tessera_number number(T value) {
  tessera_number n{};
  if constexpr (std::is_floating_point_v<T>) {
    n.real = static_cast<double>(value);
  } else {
    n.integer = static_cast<std::int64_t>(value);
  }
  return n;
}

/// The value of a parameter (row 0), or of one row of a column. Tessera has checked that T can represent it.
template <class T>
T value_of(const ParameterSlot& slot, std::int64_t row) {
  if constexpr (parameter_type<T>() == TESSERA_TEXT) {
    return slot.values.texts[row];
  } else if constexpr (parameter_type<T>() == TESSERA_REAL) {
    return static_cast<T>(slot.values.reals[row]);
  } else {
    return static_cast<T>(slot.values.integers[row]);
  }
}

inline void copy_message(std::string_view text, tessera_message* message) noexcept {
  if (message == nullptr) return;
  const std::size_t n = text.size() < TESSERA_MESSAGE_SIZE ? text.size() : TESSERA_MESSAGE_SIZE - 1;
  std::memcpy(message->text, text.data(), n);
  message->text[n] = '\0';
}

/// Calls `f`. If it throws, returns TESSERA_FAILED and copies the exception's text to `message`, which may be
/// null.
template <class F>
tessera_status guarded(tessera_message* message, F f) noexcept {
  try {
    f();
    return TESSERA_OK;
  } catch (const std::exception& e) {
    copy_message(e.what(), message);
  } catch (...) {
    copy_message("the plugin threw an object that is not a std::exception", message);
  }
  return TESSERA_FAILED;
}

}  // namespace detail

/// Describes a parameter; converts to Parameter<T>, List<T>, Column<T> or Series. T is double, an integer
/// type, bool or std::string. Bounds apply to each value.
template <class T>
class ParameterBuilder {
 public:
  ParameterBuilder(detail::ParameterSlot& slot, detail::Strings& strings)
      : slot_{&slot}, strings_{&strings} {}

  ParameterBuilder& unit(std::string u) { return slot_->declared.unit = strings_->keep(std::move(u)), *this; }
  ParameterBuilder& help(std::string h) { return slot_->declared.help = strings_->keep(std::move(h)), *this; }

  ParameterBuilder& at_least(T v) requires std::is_arithmetic_v<T> { return minimum(v, 0); }
  ParameterBuilder& above(T v) requires std::is_arithmetic_v<T> { return minimum(v, TESSERA_MINIMUM_OPEN); }
  ParameterBuilder& at_most(T v) requires std::is_arithmetic_v<T> { return maximum(v, 0); }
  ParameterBuilder& below(T v) requires std::is_arithmetic_v<T> { return maximum(v, TESSERA_MAXIMUM_OPEN); }

  /// Sets the value used if the job does not set the parameter. A list needs default_values() instead.
  ParameterBuilder& default_value(const T& v) {
    require_list(false, "default_value()");
    slot_->declared.flags |= TESSERA_HAS_DEFAULT;
    if constexpr (detail::parameter_type<T>() == TESSERA_TEXT) {
      slot_->declared.default_text = strings_->keep(v);
    } else {
      slot_->declared.default_number = detail::number(v);
    }
    return *this;
  }

  /// Sets the elements of a list if the job does not set it.
  ParameterBuilder& default_values(std::initializer_list<T> values) {
    require_list(true, "default_values()");
    slot_->declared.flags |= TESSERA_HAS_DEFAULT;
    slot_->default_numbers.clear();
    slot_->default_texts.clear();
    for (const T& v : values) {
      if constexpr (detail::parameter_type<T>() == TESSERA_TEXT) {
        slot_->default_texts.push_back(strings_->keep(v));
      } else {
        slot_->default_numbers.push_back(detail::number(v));
      }
    }
    return *this;
  }

  /// Sets the smallest number of elements of a list.
  ParameterBuilder& size_at_least(std::int64_t n) {
    slot_->declared.minimum_count = n;
    return flags(TESSERA_HAS_MINIMUM_COUNT, 0);
  }
  /// Sets the largest number of elements of a list.
  ParameterBuilder& size_at_most(std::int64_t n) {
    slot_->declared.maximum_count = n;
    return flags(TESSERA_HAS_MAXIMUM_COUNT, 0);
  }

  /// Sets the allowed texts.
  ParameterBuilder& one_of(std::initializer_list<const char*> texts) requires std::is_same_v<T, std::string> {
    for (const char* t : texts) slot_->choices.push_back(strings_->keep(t));
    return *this;
  }

  /// The declared parameter. Throws std::logic_error unless it is declared as `shape`: 0, TESSERA_LIST or
  /// TESSERA_SERIES.
  const detail::ParameterSlot* slot(unsigned shape, const char* type) const {
    if ((slot_->declared.flags & (TESSERA_LIST | TESSERA_SERIES)) != shape) {
      throw std::logic_error("parameter `" + std::string(slot_->declared.name) + "` cannot be stored in a " +
                             type + ": a list needs a tessera::List, a series a tessera::Series");
    }
    return slot_;
  }

 private:
  void require_list(bool list, const char* function) const {
    if (((slot_->declared.flags & TESSERA_LIST) != 0) == list) return;
    throw std::logic_error(std::string(function) + " cannot be called for `" + slot_->declared.name +
                           "`, which is " + (list ? "not " : "") + "a list");
  }
  ParameterBuilder& minimum(T v, unsigned open) {
    slot_->declared.minimum = detail::number(v);
    return flags(TESSERA_HAS_MINIMUM | open, TESSERA_MINIMUM_OPEN);
  }
  ParameterBuilder& maximum(T v, unsigned open) {
    slot_->declared.maximum = detail::number(v);
    return flags(TESSERA_HAS_MAXIMUM | open, TESSERA_MAXIMUM_OPEN);
  }
  ParameterBuilder& flags(unsigned set, unsigned cleared) {
    slot_->declared.flags = (slot_->declared.flags & ~cleared) | set;
    return *this;
  }

  detail::ParameterSlot* slot_;
  detail::Strings* strings_;
};

/// A parameter of the job. Its value is available from configure() on.
template <class T>
class Parameter {
 public:
  Parameter(const ParameterBuilder<T>& builder) : slot_{builder.slot(0, "tessera::Parameter")} {}
  operator T() const { return value(); }
  /// Throws std::logic_error before configure().
  T value() const {
    if (slot_->values.count != 1) {
      throw std::logic_error("parameter `" + std::string(slot_->declared.name) +
                             "` was read before configure()");
    }
    return detail::value_of<T>(*slot_, 0);
  }

 private:
  const detail::ParameterSlot* slot_;
};

namespace detail {

/// Any number of values. They are available from configure() on; before that, there are none.
template <class T>
class Values {
 public:
  explicit Values(const ParameterSlot* slot) : slot_{slot} {}
  std::int64_t size() const { return slot_->values.count; }
  T operator[](std::int64_t n) const { return value_of<T>(*slot_, n); }
  /// All values, at an address that stays valid as long as the solver.
  std::span<const T> span() const requires(std::is_same_v<T, double> || std::is_same_v<T, std::int64_t>) {
    const auto count = static_cast<std::size_t>(size());
    if constexpr (std::is_same_v<T, double>) {
      return {slot_->values.reals, count};
    } else {
      return {slot_->values.integers, count};
    }
  }

 private:
  const ParameterSlot* slot_;
};

}  // namespace detail

/// A column: the values of one key in all rows of a table in [parameters].
template <class T>
class Column : public detail::Values<T> {
 public:
  Column(const ParameterBuilder<T>& builder) : detail::Values<T>{builder.slot(0, "tessera::Column")} {}
};

/// A parameter with any number of values.
template <class T>
class List : public detail::Values<T> {
 public:
  List(const ParameterBuilder<T>& builder) : detail::Values<T>{builder.slot(TESSERA_LIST, "tessera::List")} {}
};

/// A parameter whose value changes with time.
class Series {
 public:
  Series(const ParameterBuilder<double>& builder) : slot_{builder.slot(TESSERA_SERIES, "tessera::Series")} {}

  /// Returns the value at `time`, in seconds; see tessera_series_at(). Throws std::logic_error before
  /// configure().
  double at(double time) const {
    if (slot_->values.count == 0) {
      throw std::logic_error("parameter `" + std::string(slot_->declared.name) +
                             "` was read before configure()");
    }
    return tessera_series_at(&slot_->values, time);
  }

 private:
  const detail::ParameterSlot* slot_;
};

/// Describes a table in [parameters].
class TableBuilder {
 public:
  TableBuilder(std::deque<detail::ParameterSlot>& slots, const char* name, detail::Strings& strings)
      : slots_{&slots}, name_{name}, strings_{&strings} {}

  /// Sets the smallest number of rows, for the columns that are declared after this call.
  TableBuilder& rows_at_least(std::int64_t n) { return rows_at_least_ = n, *this; }
  /// Sets the largest number of rows, for the columns that are declared after this call.
  TableBuilder& rows_at_most(std::int64_t n) { return rows_at_most_ = n, *this; }

  /// Declares a column. Every row must set it, unless it is given a default value.
  template <class T = double>
  ParameterBuilder<T> column(std::string name) {
    auto& slot = slots_->emplace_back();
    slot.declared.name = strings_->keep(std::move(name));
    slot.declared.table = name_;
    slot.declared.unit = slot.declared.help = "";
    slot.declared.type = detail::parameter_type<T>();
    ParameterBuilder<T> builder{slot, *strings_};
    if constexpr (detail::parameter_type<T>() == TESSERA_INTEGER) {
      // The job check then rejects values that T cannot represent.
      using Limits = std::numeric_limits<T>;
      if constexpr (std::is_unsigned_v<T> || sizeof(T) < sizeof(std::int64_t))
        builder.at_least(Limits::min());
      if constexpr (sizeof(T) < sizeof(std::int64_t)) builder.at_most(Limits::max());
    }
    if (rows_at_least_ > 0) builder.size_at_least(rows_at_least_);
    if (rows_at_most_ != unlimited) builder.size_at_most(rows_at_most_);
    return builder;
  }

 private:
  static constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

  std::deque<detail::ParameterSlot>* slots_;
  const char* name_;
  detail::Strings* strings_;
  std::int64_t rows_at_least_ = 0;
  std::int64_t rows_at_most_ = unlimited;
};

namespace detail {

/// The parameters of a plugin: declared in its constructor, set by configure().
class Parameters {
 public:
  /// `shape`: 0, TESSERA_LIST or TESSERA_SERIES.
  template <class T>
  ParameterBuilder<T> add(std::string name, unsigned shape = 0) {
    auto builder = TableBuilder{slots_, nullptr, strings_}.column<T>(std::move(name));
    slots_.back().declared.flags |= shape;
    return builder;
  }
  TableBuilder add_table(std::string name) { return {slots_, strings_.keep(std::move(name)), strings_}; }

  /// The C table; valid until the next call.
  const std::vector<tessera_parameter>& table() {
    table_.clear();
    for (ParameterSlot& p : slots_) {
      p.declared.choices = p.choices.empty() ? nullptr : p.choices.data();
      p.declared.choice_count = static_cast<std::int32_t>(p.choices.size());
      p.declared.default_numbers = p.default_numbers.empty() ? nullptr : p.default_numbers.data();
      p.declared.default_texts = p.default_texts.empty() ? nullptr : p.default_texts.data();
      p.declared.default_count = static_cast<std::int64_t>(p.default_numbers.size() + p.default_texts.size());
      table_.push_back(p.declared);
    }
    return table_;
  }

  /// Copies the values of all parameters: `count` elements of `size` bytes each. Throws std::logic_error if
  /// `count` is not the number of declared parameters.
  void bind(const tessera_values* values, std::int32_t count, std::uint32_t size) {
    if (count != static_cast<std::int32_t>(slots_.size())) {
      throw std::logic_error("configured with " + std::to_string(count) + " parameters, but " +
                             std::to_string(slots_.size()) + " are declared");
    }
    const char* element = reinterpret_cast<const char*>(values);
    for (ParameterSlot& p : slots_) {
      p.values = {};
      std::memcpy(&p.values, element, size < sizeof p.values ? size : sizeof p.values);
      element += size;
    }
  }

 private:
  Strings strings_;
  std::deque<ParameterSlot> slots_;
  std::vector<tessera_parameter> table_;
};

}  // namespace detail

}  // namespace tessera

#endif
