/* Parameters that are lists, tables and series, in C. See layers.cpp. */
#include <tessera/grid.h>
#include <tessera/position.h>
#include <tessera/series.h>

#include <stdio.h>
#include <stdlib.h>

enum { RATES, INFLOW, TOP, FACTOR, PARAMETERS };

typedef struct layers {
  const tessera_values* values; /* of the parameters */
} layers;

static const tessera_parameter parameters[PARAMETERS] = {
    {.name = "rates",
     .unit = "1/s",
     .help = "rates",
     .type = TESSERA_REAL,
     .flags = TESSERA_LIST | TESSERA_HAS_MINIMUM | TESSERA_HAS_MINIMUM_COUNT | TESSERA_HAS_MAXIMUM_COUNT,
     .minimum_count = 1,
     .maximum_count = 4},
    {.name = "inflow",
     .unit = "kg/s",
     .help = "inflow",
     .type = TESSERA_REAL,
     .flags = TESSERA_SERIES | TESSERA_HAS_MINIMUM},
    {.name = "top",
     .table = "layer",
     .unit = "m",
     .help = "upper end of the layer",
     .type = TESSERA_REAL,
     .flags = TESSERA_HAS_MINIMUM_COUNT | TESSERA_HAS_MAXIMUM_COUNT,
     .minimum_count = 1,
     .maximum_count = 8},
    {.name = "factor",
     .table = "layer",
     .unit = "",
     .help = "",
     .type = TESSERA_REAL,
     .flags = TESSERA_HAS_DEFAULT | TESSERA_HAS_MINIMUM | TESSERA_MINIMUM_OPEN | TESSERA_HAS_MINIMUM_COUNT |
              TESSERA_HAS_MAXIMUM_COUNT,
     .default_number.real = 1.0,
     .minimum_count = 1,
     .maximum_count = 8},
};

static const tessera_field fields[] = {{.name = "amount",
                                        .unit = "kg",
                                        .help = "",
                                        .kind = TESSERA_STATE,
                                        .scalar = TESSERA_FLOAT64,
                                        .components = 1,
                                        .has_default = 1,
                                        .default_value = 1.0}};
static const tessera_read reads[] = {{0, 0}};
static const int32_t writes[] = {0};
static const tessera_stage stages[] = {
    {.name = "decay", .reads = reads, .read_count = 1, .writes = writes, .write_count = 1}};

static const tessera_schema schema_tables = {
    .struct_size = sizeof(tessera_schema),
    .dimensions = 7,
    .geometries = 1u << TESSERA_CARTESIAN,
    .default_cfl = 0.9,
    .parameter_count = PARAMETERS,
    .parameter_size = sizeof(tessera_parameter),
    .parameters = parameters,
    .field_count = 1,
    .field_size = sizeof(tessera_field),
    .fields = fields,
    .stage_count = 1,
    .stage_size = sizeof(tessera_stage),
    .stages = stages,
    .diagnostic_size = sizeof(tessera_diagnostic),
};

static tessera_status create(void** solver, tessera_message* message) {
  *solver = calloc(1, sizeof(layers));
  if (*solver) return TESSERA_OK;
  snprintf(message->text, sizeof message->text, "out of memory");
  return TESSERA_FAILED;
}

static void destroy(void* solver) { free(solver); }

static tessera_status schema(void* solver, const tessera_schema** out, tessera_message* message) {
  (void)solver;
  (void)message;
  *out = &schema_tables;
  return TESSERA_OK;
}

static tessera_status configure(void* solver, const tessera_grid_configuration* c, tessera_message* message) {
  layers* self = solver;
  if (c->value_count != PARAMETERS || c->value_size != sizeof(tessera_values)) {
    snprintf(message->text, sizeof message->text, "the parameters are not those declared");
    return TESSERA_FAILED;
  }
  self->values = c->values;
  return TESSERA_OK;
}

static tessera_status update(void* solver, int32_t stage, const tessera_patch* p, tessera_region r,
                             double time, double dt, tessera_message* message) {
  const layers* self = solver;
  const tessera_values* rates = &self->values[RATES];
  const tessera_values* top = &self->values[TOP];
  const double* factor = self->values[FACTOR].reals;
  const double inflow = tessera_series_at(&self->values[INFLOW], time);
  const tessera_view* from = &p->reads[0];
  const tessera_view* to = &p->writes[0];
  double rate = 0.0;
  (void)stage;
  (void)message;
  for (int64_t n = 0; n < rates->count; ++n) rate += rates->reals[n];
  for (int k = r.lower[2]; k < r.upper[2]; ++k) {
    for (int j = r.lower[1]; j < r.upper[1]; ++j) {
      const double* u = (const double*)from->data + j * from->stride[1] + k * from->stride[2];
      double* next = (double*)to->data + j * to->stride[1] + k * to->stride[2];
      for (int i = r.lower[0]; i < r.upper[0]; ++i) {
        const double x = tessera_centre(p, 0, i);
        int64_t n = 0;
        while (n + 1 < top->count && !(x < top->reals[n])) ++n;
        next[i] = u[i] + dt * (inflow - rate * factor[n] * u[i]);
      }
    }
  }
  return TESSERA_OK;
}

const tessera_plugin* tessera_plugin_entry(void) {
  static const tessera_grid_functions functions = {
      .struct_size = sizeof(tessera_grid_functions),
      .create = create,
      .destroy = destroy,
      .schema = schema,
      .configure = configure,
      .update = update,
  };
  static const tessera_plugin plugin = {
      .struct_size = sizeof(tessera_plugin),
      .interface_version = TESSERA_INTERFACE_VERSION,
      .kind = TESSERA_GRID,
      .name = "layers_c",
      .version = "1.0.0",
      .summary = "Decay with a list, a table and a series as parameters, in C",
      .functions = &functions,
  };
  return &plugin;
}
