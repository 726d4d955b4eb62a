#include "checkpoint/write_thread.h"

#include "host/durable_file.h"
#include "transport/agreement.h"

#include <cstring>
#include <exception>
#include <system_error>
#include <utility>

namespace tessera::checkpoint {

namespace {

constexpr std::int64_t errno_limit = 4096;  // greater than any errno

}  // namespace

void WriteThread::reset() {
  wait();
  problem_.clear();
  system_error_ = 0;
  foreground_reason_.clear();
}

void WriteThread::start(std::function<void()> task) {
  wait();
  if (!problem_.empty()) return;
  done_ = false;
  try {
    thread_ = std::thread{[this, task] { run(task); }};
  } catch (const std::system_error& e) {
    // The task may need the caller to continue, so it is not run here.
    deferred_ = std::move(task);
    foreground_reason_ = e.code().message();
  }
}

void WriteThread::run(const std::function<void()>& task) {
  try {
    task();
  } catch (...) {
    record_failure();
  }
  done_ = true;
}

bool WriteThread::done() {
  if (deferred_) run(std::exchange(deferred_, nullptr));
  return done_;
}

void WriteThread::wait() {
  if (deferred_) run(std::exchange(deferred_, nullptr));
  if (thread_.joinable()) thread_.join();
}

void WriteThread::record_failure() {
  try {
    throw;
  } catch (const host::SystemError& e) {
    system_error_ = e.error_number();
  } catch (...) {
    system_error_ = 0;
  }
  problem_ = transport::error_of(std::current_exception()).message();
}

std::int64_t WriteThread::status(int rank) const {
  return problem_.empty() ? success : rank * errno_limit + system_error_;
}

std::string WriteThread::describe(std::int64_t status, const std::string& failure) {
  const int number = static_cast<int>(status % errno_limit);
  return "rank " + std::to_string(status / errno_limit) + " " + failure +
         (number == 0 ? "" : std::string(": ") + std::strerror(number));
}

}  // namespace tessera::checkpoint
