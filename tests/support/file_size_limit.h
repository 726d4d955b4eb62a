// Makes writes fail beyond a file size.
#pragma once

#include <csignal>

#include <sys/resource.h>

namespace tessera::test {

/// Limits the size of the files that this process writes. A write beyond the limit fails with EFBIG.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : previous_handler_{std::signal(SIGXFSZ, SIG_IGN)} {
    getrlimit(RLIMIT_FSIZE, &previous_);
    rlimit limit = previous_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &previous_);
    static_cast<void>(std::signal(SIGXFSZ, previous_handler_));
  }

 private:
  void (*previous_handler_)(int);
  rlimit previous_{};
};

}  // namespace tessera::test
