// A sum whose rounded result does not depend on the order of its terms.
#pragma once

namespace hand_written {

/// A sum in double-double arithmetic.
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

}  // namespace hand_written
