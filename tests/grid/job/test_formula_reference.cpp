// Compares formulas with muParser, which defines their syntax and their values.
#include "grid/job/formula.h"
#include "random_formula.h"

#include <muParser.h>
#include <catch2/catch.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <regex>

using namespace tessera;

namespace {

constexpr std::array<const char*, 3> names{"x", "y", "t"};
const std::vector<std::string> variables{names.begin(), names.end()};
const std::vector<std::string> functions_of_one{"sin",  "cos",  "tan",   "asin",  "acos",  "atan", "sinh",
                                                "cosh", "tanh", "asinh", "acosh", "atanh", "log2", "log10",
                                                "log",  "ln",   "exp",   "sqrt",  "sign",  "rint", "abs"};
const std::vector<std::string> functions_of_two{"atan2", "min", "max"};

/// A formula of muParser.
class Reference {
 public:
  explicit Reference(const std::string& text) {
    parser_.ClearConst();
    for (const char* pi : {"pi", "_pi"}) parser_.DefineConst(pi, 3.14159265358979323846);
    for (const char* e : {"e", "_e"}) parser_.DefineConst(e, 2.71828182845904523536);
    for (std::size_t n = 0; n < names.size(); ++n) parser_.DefineVar(names[n], &values_[n]);
    parser_.SetExpr(text);
    static_cast<void>(parser_.Eval());
  }
  double operator()(const std::vector<double>& values) {
    std::copy(values.begin(), values.end(), values_.begin());
    return parser_.Eval();
  }
  bool uses(const std::string& name) { return parser_.GetUsedVar().contains(name); }
  int results() const { return parser_.GetNumResults(); }

 private:
  std::array<double, 3> values_{};
  mu::Parser parser_;
};

/// Whether two values have the same bits. The sign and the payload of a NaN have no meaning.
bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

const std::vector<std::vector<double>>& samples() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  static const std::vector<std::vector<double>> values{
      {0.0, 0.0, 0.0},        {-0.0, 0.5, 1.0},      {0.3, -0.7, 2.0},   {1.0, 1.0, 1.0},
      {-2.5, 4.0, 0.1},       {1e300, 1e-300, 7},    {infinity, 1.0, 2}, {-infinity, -0.0, 3e-5},
      {nan, 1.0, 0.0},        {1.0, nan, -1.0},      {0.1, 0.2, 0.3},    {123.456, -9, 1e9},
      {5e-324, 2.0, -5e-324}, {0.999, -0.999, 1e-8}, {3, 2, 1}};
  return values;
}

void compare(const std::string& text) {
  INFO(text);
  Reference reference{text};
  const grid::Formula formula{text, variables};
  for (const std::vector<double>& values : samples()) {
    const double expected = reference(values);
    const double actual = formula(values);
    INFO(values[0] << ", " << values[1] << ", " << values[2] << ": " << actual << ", not " << expected);
    REQUIRE(same(actual, expected));
  }
  for (const std::string& name : variables) REQUIRE(formula.uses(name) == reference.uses(name));
}

}  // namespace

TEST_CASE("the values of chosen formulas are those of muParser, to the last bit") {
  for (const char* text : {"x",
                           "3",
                           "-x",
                           "+x",
                           "x-y-t",
                           "x/y/t",
                           "x^y^t",
                           "-x^2",
                           "2^-x",
                           "2^-x^2",
                           "x^-y*t",
                           "-x*y",
                           "x*-y",
                           "x - -y",
                           "x<y<t",
                           "x==y!=t",
                           "x<y&&y<t||t<x",
                           "x||y&&t",
                           "x?y:t",
                           "x?y:t?1:2",
                           "x?y?1:2:3",
                           "x<1?y:t+1",
                           "1+x?y:t",
                           "min(x?1:2,y)",
                           "2*x+3*x",
                           "2*x-3*x+1",
                           "x+x",
                           "x-x",
                           "x*x",
                           "x*x*x",
                           "x*y",
                           "x^0",
                           "x^1",
                           "x^2",
                           "x^3",
                           "x^4",
                           "x^5",
                           "x^0.5",
                           "(x^2)^2",
                           "2*(3*x+1)",
                           "(3*x+1)*2",
                           "(x+1)*2",
                           "(4*x)/2",
                           "(4*x)/0",
                           "x/2",
                           "x/0",
                           "1/0",
                           "0/0",
                           "1-x",
                           "x-1",
                           "2*x-x",
                           "x-2*x",
                           "0*x",
                           "x*0",
                           "0-x",
                           "x-0",
                           "0+x",
                           "-(x+1)",
                           "3*-x",
                           "sum(x)",
                           "sum(x,y,t)",
                           "avg(x,y)",
                           "min(x)",
                           "max(x,y,1)",
                           "min(y,x)",
                           "atan2(1,2)",
                           "atan2(x,y)",
                           "sin(2)",
                           "rint(x)",
                           "rint(-0.5)",
                           "sign(x)",
                           "abs(x)",
                           "1.",
                           ".5",
                           "1.e-3*x",
                           "2E+2*x",
                           "e^x",
                           "pi*x",
                           "_pi+_e",
                           "x>0?sqrt(x):sqrt(-x)",
                           "\n x\t+\r1 "}) {
    compare(text);
  }
}

TEST_CASE("the values of random formulas are those of muParser, to the last bit") {
  test::RandomFormula random{20041226, variables, functions_of_one, functions_of_two};
  for (int n = 0; n < 4000; ++n) compare(random.next());
}

TEST_CASE("random texts are valid if they are valid for muParser and every operator has its operands") {
  std::mt19937 random{26};
  const std::vector<std::string> tokens{"x",  "y",  "t",  "1",  "2.5", "pi",   "+",    "-",    "*",
                                        "/",  "^",  "(",  ")",  "(",   ")",    "?",    ":",    ",",
                                        "<",  ">",  "&&", "||", "==",  "!=",   "=",    "<=",   ">=",
                                        " x", "1e", ".",  "q",  "!",   "sin(", "min(", "sum(", "atan2("};
  int valid = 0;
  for (int n = 0; n < 60000; ++n) {
    std::string text;
    for (std::size_t k = 1 + random() % 8; k > 0; --k) text += tokens[random() % tokens.size()];
    std::optional<double> expected;
    try {
      Reference reference{text};
      if (reference.results() == 1) expected = reference({0.5, 0.25, 2.0});
    } catch (const mu::Parser::exception_type&) {
    }
    std::optional<double> actual;
    try {
      actual = grid::Formula{text, variables}(std::vector<double>{0.5, 0.25, 2.0});
    } catch (const grid::FormulaError&) {
    }
    INFO(text);
    if (actual) {
      REQUIRE(expected);
      REQUIRE(same(*actual, *expected));
    } else if (expected) {  // muParser accepts assignments, and some operators without operands
      REQUIRE(std::regex_search(text, std::regex{"[^<>=!]=[^=]|[-+,] *([?:]|$)"}));
    }
    valid += actual ? 1 : 0;
  }
  CHECK(valid > 1000);
}
