// Random formulas for tests.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace tessera::test {

/// Makes valid formulas that consist of all operators and functions, except noise().
class RandomFormula {
 public:
  /// `functions_of_one`, `functions_of_two`: names of functions to call.
  RandomFormula(unsigned seed, std::vector<std::string> variables, std::vector<std::string> functions_of_one,
                std::vector<std::string> functions_of_two)
      : random_{seed},
        variables_{std::move(variables)},
        of_one_{std::move(functions_of_one)},
        of_two_{std::move(functions_of_two)} {}

  std::string next() { return expression(4); }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  const std::string& one_of(const std::vector<std::string>& texts) { return texts[below(texts.size())]; }

  std::string leaf() {
    // In constant conditions, muParser rounds numbers below 1 to 0.
    static const std::vector<std::string> numbers{"0",   "1",    "2",   "3",    "4",
                                                  "1.5", "7.25", "1e3", "2.e1", "pi"};
    return below(3) == 0 ? one_of(numbers) : one_of(variables_);
  }

  std::string expression(int depth) {
    static const std::vector<std::string> operators{"+", "-",  "*",  "/",  "^", "<",
                                                    ">", "<=", ">=", "==", "!="};
    static const std::vector<std::string> conditions{"&&", "||"};
    static const std::vector<std::string> lists{"min", "max", "sum", "avg"};
    if (depth == 0) return leaf();
    const auto below_it = [&] { return expression(depth - 1); };
    switch (below(12)) {
      case 0:
        return leaf();
      case 1:
        return "(" + below_it() + ")";
      case 2:
        return "-" + std::string{below(2) == 0 ? "(" + below_it() + ")" : leaf()};
      case 3:
        return one_of(of_one_) + "(" + below_it() + ")";
      case 4:
        return one_of(of_two_) + "(" + below_it() + ", " + below_it() + ")";
      case 5: {
        std::string text = one_of(lists) + "(" + below_it();
        for (std::size_t n = below(3); n > 0; --n) text += ", " + below_it();
        return text + ")";
      }
      case 6:
        return "(" + below_it() + " ? " + below_it() + " : " + below_it() + ")";
      case 7:  // a condition on variables: constant ones are another matter
        return "(" + one_of(variables_) + ">" + below_it() + one_of(conditions) + one_of(variables_) + "<1)";
      default:
        return below_it() + one_of(operators) + below_it();
    }
  }

  std::mt19937 random_;
  std::vector<std::string> variables_;
  std::vector<std::string> of_one_;
  std::vector<std::string> of_two_;
};

}  // namespace tessera::test
