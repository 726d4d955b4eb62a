// Runs code as another user.
#pragma once

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tessera::test {

/// The id of a user without files, often called nobody.
constexpr unsigned other_user = 65534;

/// Whether this process may become another user.
inline bool can_change_user() { return ::geteuid() == 0; }

/// Runs `work` in a child process as `other_user`. Returns whether `work` returned true. Requires root.
template <class F>
bool holds_as_other_user(F work) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool changed =
        ::setgroups(0, nullptr) == 0 && ::setgid(other_user) == 0 && ::setuid(other_user) == 0;
    bool held = false;
    try {
      held = changed && work();
    } catch (...) {
      held = false;
    }
    ::_exit(held ? 0 : 1);
  }
  int status = 1;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace tessera::test
