#include "base/contract.h"
#include "grid/job/field_formula.h"
#include "grid/job/formula.h"
#include "sample_schemas.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace tessera;
using grid::Formula;
using grid::FormulaError;

namespace {

double value(const std::string& text, double x = 0.0, double y = 0.0) {
  return Formula{text, {"x", "y"}}(std::vector<double>{x, y});
}

FormulaError error(const std::string& text, std::vector<std::string> variables = {"x", "y"}) {
  try {
    const Formula formula{text, std::move(variables)};
  } catch (const FormulaError& e) {
    return e;
  }
  FAIL("no error: " << text);
  return {};
}

}  // namespace

TEST_CASE("formulas are evaluated for given values of their variables") {
  CHECK(value("1 + 2*x^2 - y", 3.0, 4.0) == 15.0);
  CHECK(value("300 + 50*exp(-((x-0.5)^2)/0.01)", 0.5) == 350.0);
  CHECK(value("x > 1 ? 10 : 20", 2.0) == 10.0);
  CHECK(value("x > 1 && y <= 2 || y == 7", 2.0, 3.0) == 0.0);
  CHECK(value("min(x, y, 2) + max(x, y)", 3.0, 4.0) == 6.0);
  CHECK(value("cos(pi)") == std::cos(3.14159265358979323846));
  CHECK(value("_pi") == 3.14159265358979323846);
  CHECK(value("e") == 2.71828182845904523536);
  CHECK(value("1e-3 + 2E2") == 200.001);
  CHECK(std::isinf(value("1/x")));
  CHECK(std::isnan(value("sqrt(x)", -1.0)));
  CHECK(value("-x^2", 3.0) == -9.0);
}

TEST_CASE("a variable hides a constant of the same name") {
  CHECK(Formula{"2*e", {"e"}}(std::vector<double>{5.0}) == 10.0);
}

TEST_CASE("a formula can be moved") {
  Formula a{"x + y", {"x", "y"}};
  Formula b{"0", {}};
  b = std::move(a);
  const Formula c{std::move(b)};
  CHECK(c(std::vector<double>{1.0, 2.0}) == 3.0);
  CHECK_THROWS_AS(c(std::vector<double>{1.0}), base::ContractViolation);
}

TEST_CASE("errors give the problem, its position and a hint") {
  CHECK(error("1 + tmep*x", {"x", "temp"}).problem == "unknown name `tmep` in the formula");
  CHECK(error("1 + tmep*x", {"x", "temp"}).has_unknown_name);
  CHECK(error("1 + tmep*x", {"x", "temp"}).position == 4);
  CHECK(error("1 + tmep*x", {"x", "temp"}).length == 4);
  CHECK(error("1 + tmep*x", {"x", "temp"}).hint == "did you mean `temp`?");
  CHECK(error("sqr(x)").hint == "did you mean `sqrt`?");
  CHECK(error("").problem == "the formula is empty");
  CHECK(error("  ").problem == "the formula is empty");
  CHECK(error("1 +").problem == "the formula is incomplete");
  CHECK(error("(x").problem == "a parenthesis is not closed");
  CHECK_FALSE(error("(x").has_unknown_name);  // a list of names would not help
  CHECK(error("x = 3").problem == "a formula cannot contain an assignment");
  CHECK(error("x = 3").position == 2);
  CHECK(error("x += 3").problem != "");
  CHECK(error("x**2").hint == "write `^` for powers");
  CHECK(error("1, 2").problem == "the formula contains more than one expression (separated by commas)");
  CHECK(error("\"text\"").problem == "this character is not allowed in a formula");
  CHECK(error("x \xC3\xA9").position == 2);
  CHECK(error("sin(1,2)").problem == "too many arguments for `sin`");
  CHECK(error("atan2(1)").problem == "too few arguments for `atan2`");
  CHECK(error("x ? 1").problem == "`?` without `:`");
  CHECK(error("x : 1").problem == "`:` without `?`");
  CHECK(error("(x ? 1)").problem == "`?` without `:`");
  CHECK(error("sin()").problem == "too few arguments for `sin`");
  CHECK(error("x + rnd()").problem == "unknown name `rnd` in the formula");
  CHECK(error("2*(x, y)").problem == "unexpected `,` in the formula");
  CHECK(error("2 x").problem == "unexpected `x` in the formula");
  CHECK(error("2 q").problem == "unknown name `q` in the formula");
  CHECK(error("x - -- y").problem == "unexpected `-` in the formula");
  CHECK(error("x + sin").problem == "`sin` is a function");
  CHECK(error("1e400").problem == "the number `1e400` is too large or too small for double precision");
  CHECK(error("x)").problem == "unexpected parenthesis in the formula");
  CHECK(error(std::string(9000, '1')).problem == "the formula is longer than 8000 characters");
  CHECK(error(std::string(200, '(') + "x" + std::string(200, ')')).problem ==
        "the formula has more than 100 nested parentheses");
}

TEST_CASE("floor() rounds down, and mod() has the sign of its second argument") {
  CHECK(value("floor(2.7)") == 2.0);
  CHECK(value("floor(x)", -2.1) == -3.0);
  CHECK(value("floor(x)", -3.0) == -3.0);
  CHECK(value("mod(x, 3)", 7.0) == 1.0);
  CHECK(value("mod(x, 3)", -7.0) == 2.0);
  CHECK(value("mod(x, -3)", 7.0) == -2.0);
  CHECK(value("mod(x, -3)", -7.0) == -1.0);
  CHECK(value("mod(x, 0.25)", -0.125) == 0.125);
  CHECK((value("mod(x, 3)", -6.0) == 0.0 && !std::signbit(value("mod(x, 3)", -6.0))));
  CHECK(std::signbit(value("mod(x, -3)", 6.0)));
  CHECK(std::isnan(value("mod(x, 0)", 1.0)));
  CHECK(std::isnan(value("mod(x, y)", 1.0, -0.0)));
  CHECK(std::isnan(value("mod(x, 3)", INFINITY)));
  CHECK(value("mod(x, y)", 5.0, INFINITY) == 5.0);
}

TEST_CASE("noise() is allowed in [initial] only, and needs a constant seed") {
  using grid::Noise;
  const auto problem = [](const std::string& text, Noise noise) {
    try {
      const Formula formula{text, {"x"}, noise};
    } catch (const FormulaError& e) {
      return e;
    }
    return FormulaError{""};
  };
  CHECK(problem("1 + noise(x, 3)", Noise::allowed).problem.empty());
  CHECK(problem("1 + noise(x, 2*3)", Noise::allowed).problem.empty());
  CHECK(problem("1 + noise(x, 3)", Noise::refused).problem == "`noise` is allowed in [initial] only");
  CHECK(problem("1 + noise(x, 3)", Noise::refused).position == 4);
  for (const char* seed : {"x", "-1", "0.5", "1e300", "9007199254740994", "0/0"}) {
    const FormulaError e = problem("1 + noise(1, " + std::string{seed} + ")", Noise::allowed);
    CHECK(e.problem == "the seed of `noise` must be an integer from 0 to 2^53");
    CHECK(e.position == 4);
    CHECK(e.length == 5);
  }
  CHECK(problem("noise(1)", Noise::allowed).problem == "too few arguments for `noise`");
  CHECK(problem("nose(1, 2)", Noise::allowed).hint == "did you mean `noise`?");
  // The number of a cell is always the same.
  const Formula noise{"noise(1, 42)", {}, Noise::allowed};
  CHECK(noise({}, 5) == noise({}, 5));
  CHECK(noise({}, 5) != noise({}, 6));
}

TEST_CASE("nested and long formulas within the limits are valid") {
  CHECK(value(std::string(100, '(') + "x" + std::string(100, ')'), 2.0) == 2.0);
  std::string sum = "0";
  for (int n = 0; n < 3000; ++n) sum += "+x";
  CHECK(value(sum, 1.0) == 3000.0);
  CHECK_NOTHROW([] {
    try {
      value(std::string(7990, '-') + "x");
      std::string choice;
      for (int n = 0; n < 1500; ++n) choice += "x?1:";
      value(choice + "2");
    } catch (const FormulaError&) {
    }
  }());
}

TEST_CASE("random bytes give a formula or a FormulaError") {
  std::mt19937 random{20041226};
  const std::string alphabet = "xy01.9eE+-*/^()<>=!&|?:, \tsincospimax_\"#%~[]{}$;'\\\n";
  int valid = 0;
  for (int n = 0; n < 20000; ++n) {
    std::string text;
    const std::size_t length = random() % 24;
    for (std::size_t k = 0; k < length; ++k) {
      text += random() % 20 == 0 ? static_cast<char>(random() % 256) : alphabet[random() % alphabet.size()];
    }
    try {
      value(text, 0.5, 0.25);
      ++valid;
    } catch (const FormulaError& e) {
      REQUIRE_FALSE(e.problem.empty());
      REQUIRE(e.length >= 1);
      REQUIRE((text.empty() || e.position < text.size()));
    }
  }
  CHECK(valid > 10);
}

TEST_CASE("formulas of a job can use its numeric parameters outside tables") {
  const auto schema = grid::sample::waves();
  CHECK(grid::formula_variables(schema) ==
        std::vector<std::string>{"x", "y", "z", "t", "gravity", "order", "coriolis", "ramp"});
  CHECK(grid::condition_variables(schema) == std::vector<std::string>{"depth", "bed", "surface"});
  CHECK(grid::condition_fields(schema) == std::vector<int>{0, 2, 4});
}

TEST_CASE("uses() returns whether a formula depends on a variable") {
  const Formula formula{"2*t + tan(x) + 0.5e-3", {"x", "y", "t"}};
  CHECK(formula.uses("t"));
  CHECK(formula.uses("x"));
  CHECK_FALSE(formula.uses("y"));
  CHECK_FALSE(Formula{"tan(x)*1e5", {"x", "t"}}.uses("t"));
  CHECK(Formula{"x > 0 ? t : 1", {"x", "t"}}.uses("t"));
  // Calling uses() does not change the value.
  CHECK(formula(std::vector<double>{0.0, 0.0, 1.5}) == 3.0 + 0.5e-3);
}
