// A sum that does not depend on the order of its terms.
#pragma once

namespace by_hand {

/// A sum with twice the precision of double.
class WideSum {
 public:
  void add(double v) {
    const double t = high_ + v;
    const double b = t - high_;
    const double rest = low_ + ((high_ - (t - b)) + (v - b));
    high_ = t + rest;
    low_ = rest - (high_ - t);
  }

  double high() const { return high_; }
  double low() const { return low_; }

 private:
  double high_ = 0.0;
  double low_ = 0.0;
};

}  // namespace by_hand
