/* update() fails with a message. */
#include "plain.h"

#include <stdio.h>

static tessera_status update(void* solver, int32_t stage, const tessera_patch* patch, tessera_region region,
                             double time, double dt, tessera_message* message) {
  (void)plain_update(solver, stage, patch, region, time, dt, message);
  snprintf(message->text, sizeof message->text, "the valve is stuck");
  return TESSERA_FAILED;
}

const tessera_plugin* tessera_plugin_entry(void) {
  static tessera_plugin plugin;
  plain_functions.update = update;
  plugin = plain_plugin("returns_error");
  return &plugin;
}
