/* A correct solver with one field, which never changes. Most C files in this folder include it and introduce
 * one fault in `plain_schema`, `plain_functions` or the return value of plain_plugin(). */
#ifndef TESSERA_TESTS_PLAIN_H
#define TESSERA_TESTS_PLAIN_H

#include <tessera/grid.h>

static const tessera_field plain_fields[] = {{.name = "level", .unit = "", .help = "", .components = 1}};
static const tessera_read plain_reads[] = {{0, 0}};
static const int32_t plain_writes[] = {0};
static const tessera_stage plain_stages[] = {
    {.name = "keep", .reads = plain_reads, .read_count = 1, .writes = plain_writes, .write_count = 1}};

static tessera_schema plain_schema = {
    .struct_size = sizeof(tessera_schema),
    .flags = TESSERA_HAS_DT,
    .dimensions = 7,
    .geometries = 1u << TESSERA_CARTESIAN,
    .default_cfl = 1.0,
    .field_count = 1,
    .field_size = sizeof(tessera_field),
    .fields = plain_fields,
    .stage_count = 1,
    .stage_size = sizeof(tessera_stage),
    .stages = plain_stages,
};

static tessera_status plain_create(void** solver, tessera_message* message) {
  static int instance;
  (void)message;
  *solver = &instance;
  return TESSERA_OK;
}

static void plain_destroy(void* solver) { (void)solver; }

static tessera_status plain_get_schema(void* solver, const tessera_schema** schema,
                                       tessera_message* message) {
  (void)solver;
  (void)message;
  *schema = &plain_schema;
  return TESSERA_OK;
}

static tessera_status plain_configure(void* solver, const tessera_grid_configuration* configuration,
                                      tessera_message* message) {
  (void)solver;
  (void)configuration;
  (void)message;
  return TESSERA_OK;
}

static tessera_status plain_stable_dt(void* solver, const tessera_patch* patch, tessera_region region,
                                      double time, double* dt, tessera_message* message) {
  (void)solver;
  (void)patch;
  (void)region;
  (void)time;
  (void)message;
  *dt = 1.0;
  return TESSERA_OK;
}

static tessera_status plain_update(void* solver, int32_t stage, const tessera_patch* patch, tessera_region r,
                                   double time, double dt, tessera_message* message) {
  const tessera_view* from = &patch->reads[0];
  const tessera_view* to = &patch->writes[0];
  (void)solver;
  (void)stage;
  (void)time;
  (void)dt;
  (void)message;
  for (int k = r.lower[2]; k < r.upper[2]; ++k) {
    for (int j = r.lower[1]; j < r.upper[1]; ++j) {
      const double* u = (const double*)from->data + j * from->stride[1] + k * from->stride[2];
      double* next = (double*)to->data + j * to->stride[1] + k * to->stride[2];
      for (int i = r.lower[0]; i < r.upper[0]; ++i) next[i] = u[i];
    }
  }
  return TESSERA_OK;
}

static tessera_grid_functions plain_functions = {
    .struct_size = sizeof(tessera_grid_functions),
    .create = plain_create,
    .destroy = plain_destroy,
    .schema = plain_get_schema,
    .configure = plain_configure,
    .stable_dt = plain_stable_dt,
    .update = plain_update,
};

static inline tessera_plugin plain_plugin(const char* name) {
  const tessera_plugin plugin = {
      .struct_size = sizeof(tessera_plugin),
      .interface_version = TESSERA_INTERFACE_VERSION,
      .kind = TESSERA_GRID,
      .name = name,
      .version = "1.0.0",
      .summary = "A faulty solver, for the tests",
      .functions = &plain_functions,
  };
  return plugin;
}

#endif
