// Tasks that run in a thread or, if none can be created, in the caller.
#include "base/error.h"
#include "checkpoint/write_thread.h"
#include "support/address_space_limit.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

using tessera::checkpoint::WriteThread;

namespace {

/// While it exists, no thread can be created: there is no address space for a stack, and the stacks of
/// earlier threads, which the C library keeps, are in use.
class NoThreads {
 public:
  NoThreads() {
    threads_.reserve(1000);
    limit_.emplace(4 << 20);
    try {
      while (threads_.size() < threads_.capacity()) threads_.emplace_back([this] { released_.wait(false); });
    } catch (const std::system_error&) {
      return;
    }
    FAIL("threads can be created");
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;
  ~NoThreads() {
    limit_.reset();
    released_ = true;
    released_.notify_all();
    for (std::thread& t : threads_) t.join();
  }

 private:
  std::optional<tessera::test::AddressSpaceLimit> limit_;
  std::atomic<bool> released_{false};
  std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("a task runs in another thread, and its failure is recorded") {
  WriteThread thread;
  std::atomic<std::thread::id> id;
  thread.start([&] { id = std::this_thread::get_id(); });
  thread.wait();
  CHECK(id.load() != std::this_thread::get_id());
  CHECK(thread.done());
  CHECK(thread.problem().empty());
  CHECK(thread.foreground_reason().empty());
  thread.start([] { throw tessera::base::Error{tessera::base::ExitCode::io_error, "no luck"}; });
  thread.wait();
  CHECK(thread.problem() == "no luck");
  bool ran = false;
  thread.start([&] { ran = true; });  // not after a failure
  thread.wait();
  CHECK_FALSE(ran);
  CHECK(thread.status(3) != WriteThread::success);
  thread.reset();
  CHECK(thread.status(3) == WriteThread::success);
}

TEST_CASE("if no thread can be created, a task runs in the next call that asks whether it is done") {
  for (const bool wait : {false, true}) {
    WriteThread thread;
    std::thread::id id;
    {
      const NoThreads none;
      thread.start([&] { id = std::this_thread::get_id(); });
    }
    CHECK(id == std::thread::id{});  // the caller may have to provide data first
    if (wait) {
      thread.wait();
    } else {
      CHECK(thread.done());
    }
    CHECK(id == std::this_thread::get_id());
    CHECK(thread.problem().empty());
    CHECK(thread.foreground_reason() == "Resource temporarily unavailable");
  }
}

TEST_CASE("a task without a thread of its own records its failure") {
  WriteThread thread;
  {
    const NoThreads none;
    thread.start([] { throw tessera::base::Error{tessera::base::ExitCode::io_error, "no luck"}; });
  }
  CHECK(thread.done());
  CHECK(thread.problem() == "no luck");
}
