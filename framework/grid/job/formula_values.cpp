#include "grid/job/formula_values.h"

namespace tessera::grid {

namespace {

double value_of(Operation operation, double a, double b = 0.0) {
  double out = 0.0;
  apply(operation, {Row{&a, 0}, Row{&b, 0}, Row{}}, &out, 1);
  return out;
}

}  // namespace

FormulaValues::Value FormulaValues::pop() {
  const Value value = values_.back();
  values_.pop_back();
  return value;
}

std::optional<double> FormulaValues::constant_on_top() const {
  if (!values_.back().is(Value::Kind::constant)) return std::nullopt;
  return values_.back().offset;
}

std::optional<FormulaValues::Value> FormulaValues::simplified(Operation operation, const Value& a,
                                                              const Value& b) {
  using enum Value::Kind;
  const auto both_are = [&](Value::Kind first, Value::Kind second) { return a.is(first) && b.is(second); };
  if (both_are(constant, constant)) return Value{constant, 0, 0.0, value_of(operation, a.offset, b.offset)};
  const std::size_t v = a.is(constant) ? b.index : a.index;
  switch (operation) {
    case Operation::power:
      if (!both_are(variable, constant)) break;
      if (b.offset == 0) return Value{constant, 0, 0.0, 1.0};
      if (b.offset == 1) return a;
      if (b.offset == 2 || b.offset == 3 || b.offset == 4)
        return Value{power, v, 0.0, 0.0, static_cast<int>(b.offset)};
      break;
    case Operation::add:
    case Operation::subtract: {
      const auto is_linear = [](const Value& x) { return x.is(variable) || x.is(linear); };
      const bool simple = (is_linear(a) && is_linear(b) && a.index == b.index) ||
                          (a.is(constant) && is_linear(b)) || (is_linear(a) && b.is(constant));
      if (!simple) break;
      const int sign = operation == Operation::subtract ? -1 : 1;
      return Value{linear, v, a.scale + sign * b.scale, a.offset + sign * b.offset};
    }
    case Operation::multiply:
      if (both_are(variable, constant)) return Value{linear, v, b.offset, 0.0};
      if (both_are(constant, variable)) return Value{linear, v, a.offset, 0.0};
      if (both_are(linear, constant)) return Value{linear, v, a.scale * b.offset, a.offset * b.offset};
      if (both_are(constant, linear)) return Value{linear, v, b.scale * a.offset, b.offset * a.offset};
      if (both_are(variable, variable) && a.index == b.index) return Value{power, v, 0.0, 0.0, 2};
      break;
    case Operation::divide:
      if (both_are(linear, constant) && b.offset != 0)
        return Value{linear, v, a.scale / b.offset, a.offset / b.offset};
      break;
    default:
      break;
  }
  return std::nullopt;
}

Operand FormulaValues::constant_operand(double value) {
  program_.constants.push_back(value);
  return {Operand::Kind::constant, program_.constants.size() - 1};
}

Operand FormulaValues::add_step(Operation operation, const std::array<Operand, 3>& arguments) {
  program_.steps.push_back({operation, arguments});
  return {Operand::Kind::step, program_.steps.size() - 1};
}

Operand FormulaValues::operand_of(const Value& value) {
  const Operand variable{Operand::Kind::variable, value.index};
  switch (value.kind) {
    case Value::Kind::constant:
      return constant_operand(value.offset);
    case Value::Kind::variable:
      return variable;
    case Value::Kind::linear: {
      const Operand scale = constant_operand(value.scale);
      return add_step(Operation::linear, {variable, scale, constant_operand(value.offset)});
    }
    case Value::Kind::power: {
      constexpr std::array powers{Operation::square, Operation::cube, Operation::fourth};
      return add_step(powers[static_cast<std::size_t>(value.exponent - 2)], {variable});
    }
    case Value::Kind::step:
      break;
  }
  return {Operand::Kind::step, value.index};
}

void FormulaValues::push_step(Operation operation, const std::array<Operand, 3>& arguments) {
  values_.push_back({Value::Kind::step, add_step(operation, arguments).index});
}

void FormulaValues::apply_unary(Operation operation) {
  const Value value = pop();
  if (value.is(Value::Kind::constant)) return push_constant(value_of(operation, value.offset));
  push_step(operation, {operand_of(value)});
}

void FormulaValues::apply_binary(Operation operation) {
  const Value& b = values_.back();
  const Value& a = values_[values_.size() - 2];
  const auto simple = simplified(operation, a, b);
  if (!simple) return call_binary(operation);
  values_.pop_back();
  values_.back() = *simple;
}

void FormulaValues::call_binary(Operation operation) {
  const Value b = pop();
  const Value a = pop();
  if (a.is(Value::Kind::constant) && b.is(Value::Kind::constant))
    return push_constant(value_of(operation, a.offset, b.offset));
  const Operand first = operand_of(a);
  push_step(operation, {first, operand_of(b)});
}

void FormulaValues::choose() {
  const Value b = pop();
  const Value a = pop();
  const Operand condition = operand_of(pop());
  const Operand first = operand_of(a);
  push_step(Operation::choose, {condition, first, operand_of(b)});
}

void FormulaValues::fold(Operation operation, int count) {
  const bool sums = operation == Operation::add || operation == Operation::divide;
  const auto first = values_.end() - count;
  Operand result = sums ? constant_operand(0.0) : operand_of(*first);
  for (auto value = sums ? first : first + 1; value != values_.end(); ++value)
    result = add_step(sums ? Operation::add : operation, {result, operand_of(*value)});
  if (operation == Operation::divide)
    result = add_step(operation, {result, constant_operand(static_cast<double>(count))});
  values_.erase(values_.end() - count, values_.end());
  if (result.kind == Operand::Kind::step) {
    values_.push_back({Value::Kind::step, result.index});
  } else {  // min() or max() of one value
    push_step(operation, {result, result});
  }
}

void FormulaValues::noise() {
  const Value seed = pop();
  const Operand amplitude = operand_of(pop());
  push_step(Operation::noise, {amplitude, constant_operand(seed.offset), {Operand::Kind::cell, 0}});
}

FormulaProgram FormulaValues::take() {
  program_.result = operand_of(pop());
  return std::move(program_);
}

}  // namespace tessera::grid
