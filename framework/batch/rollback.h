// Undoes changes unless they are kept explicitly.
#pragma once

#include "base/error.h"

#include <functional>
#include <utility>
#include <vector>

namespace tessera::batch {

/// A list of actions that undo changes. The destructor calls those that were added after the last keep(), in
/// reverse order, and ignores their errors.
class Rollback {
 public:
  Rollback() = default;
  Rollback(const Rollback&) = delete;
  Rollback& operator=(const Rollback&) = delete;
  ~Rollback() {
    for (auto undo = actions_.rbegin(); undo != actions_.rend(); ++undo) {
      try {
        (*undo)();
      } catch (const base::Error&) {
        // The error that caused the rollback is reported, not this one.
      }
    }
  }

  /// Adds an action that undoes a change. It may throw only base::Error.
  void add(std::function<void()> undo) { actions_.push_back(std::move(undo)); }
  /// Keeps the changes made so far.
  void keep() { actions_.clear(); }

 private:
  std::vector<std::function<void()>> actions_;
};

}  // namespace tessera::batch
