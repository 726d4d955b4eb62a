#include "run/signals.h"

#include "host/interrupts.h"

#include <array>
#include <csignal>

#include <unistd.h>

namespace tessera::run {

namespace {

// A handler can reach nothing else.
volatile std::sig_atomic_t stop_flag = 0;
volatile std::sig_atomic_t checkpoint_flag = 0;
host::Interrupts interrupts;

constexpr std::array stopping{SIGTERM, SIGINT, SIGUSR1};

void handle(int signal) {
  if (signal == SIGUSR2) {
    checkpoint_flag = 1;
    return;
  }
  if (signal == SIGINT) {
    interrupts.add();
    if (interrupts.count() > 1) _exit(130);
  }
  stop_flag = 1;
}

void install(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

Signals::Signals() {
  stop_flag = 0;
  checkpoint_flag = 0;
  interrupts.clear();
  for (const int s : stopping) install(s, handle);
  install(SIGUSR2, handle);
}

Signals::~Signals() {
  install(SIGTERM, SIG_DFL);
  install(SIGINT, SIG_DFL);
  // Their default would end the process, and the run with a failure although it has done what it was asked for.
  install(SIGUSR1, SIG_IGN);
  install(SIGUSR2, SIG_IGN);
}

bool Signals::take_stop() {
  const bool asked = stop_flag != 0;
  stop_flag = 0;
  return asked;
}

bool Signals::take_checkpoint() {
  const bool asked = checkpoint_flag != 0;
  checkpoint_flag = 0;
  return asked;
}

}  // namespace tessera::run
