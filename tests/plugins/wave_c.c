/* The wave equation u_tt = c^2 (u_xx + u_yy + u_zz) in C, for the displacement u and the velocity v. The time
 * integration is symplectic Euler, which is the leapfrog scheme with v half a step behind u.
 *
 *   kick   v += dt c^2 laplace(u)
 *   drift  u += dt v
 *
 * Stable for c dt sqrt(1/dx^2 + 1/dy^2 + 1/dz^2) <= 1. */
#include <tessera/grid.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SPEED, PARAMETERS };
enum { DISPLACEMENT, VELOCITY, KINETIC, FIELDS };
enum { KICK, DRIFT, STAGES };

typedef struct wave {
  double speed;
  double inverse_square[3]; /* 1/dx^2; 0 for axes that the domain does not have */
} wave;

static const tessera_parameter parameters[PARAMETERS] = {
    {.name = "speed",
     .unit = "m/s",
     .help = "speed of the waves",
     .type = TESSERA_REAL,
     .flags = TESSERA_HAS_DEFAULT | TESSERA_HAS_MINIMUM | TESSERA_MINIMUM_OPEN,
     .default_number.real = 1.0,
     .minimum.real = 0.0},
};

static const tessera_field fields[FIELDS] = {
    {.name = "displacement",
     .unit = "m",
     .help = "displacement",
     .kind = TESSERA_STATE,
     .scalar = TESSERA_FLOAT64,
     .components = 1},
    {.name = "velocity",
     .unit = "m/s",
     .help = "rate of change of the displacement",
     .kind = TESSERA_STATE,
     .scalar = TESSERA_FLOAT64,
     .components = 1,
     .has_default = 1,
     .default_value = 0.0},
    {.name = "kinetic",
     .unit = "m^2/s^2",
     .help = "kinetic energy per unit mass",
     .kind = TESSERA_DERIVED,
     .scalar = TESSERA_FLOAT64,
     .components = 1,
     .has_default = 1},
};

static const tessera_read kick_reads[] = {{DISPLACEMENT, 1}, {VELOCITY, 0}};
static const int32_t kick_writes[] = {VELOCITY};
static const tessera_read drift_reads[] = {{VELOCITY, 0}, {DISPLACEMENT, 0}};
static const int32_t drift_writes[] = {DISPLACEMENT};

static const tessera_stage stages[STAGES] = {
    {.name = "kick", .reads = kick_reads, .read_count = 2, .writes = kick_writes, .write_count = 1},
    {.name = "drift", .reads = drift_reads, .read_count = 2, .writes = drift_writes, .write_count = 1},
};

static const tessera_diagnostic diagnostics[] = {
    {.name = "volume",
     .unit = "m^(d+1)",
     .help = "integral of the displacement",
     .reduction = TESSERA_SUM,
     .field = DISPLACEMENT,
     .times_volume = 1},
    {.name = "momentum",
     .unit = "m^(d+1)/s",
     .help = "integral of the velocity",
     .reduction = TESSERA_SUM,
     .field = VELOCITY,
     .times_volume = 1},
    {.name = "kinetic_energy",
     .unit = "m^(d+2)/s^2",
     .help = "integral of the kinetic energy",
     .reduction = TESSERA_SUM,
     .field = KINETIC,
     .times_volume = 1},
    {.name = "highest",
     .unit = "m",
     .help = "largest displacement",
     .reduction = TESSERA_MAX,
     .field = DISPLACEMENT},
};

static const tessera_schema schema_tables = {
    .struct_size = sizeof(tessera_schema),
    .flags = TESSERA_HAS_DT | TESSERA_HAS_DERIVE,
    .dimensions = 1u << 1 | 1u << 2,
    .geometries = 1u << TESSERA_CARTESIAN,
    .default_cfl = 0.9,
    .parameter_count = PARAMETERS,
    .parameter_size = sizeof(tessera_parameter),
    .parameters = parameters,
    .field_count = FIELDS,
    .field_size = sizeof(tessera_field),
    .fields = fields,
    .stage_count = STAGES,
    .stage_size = sizeof(tessera_stage),
    .stages = stages,
    .diagnostic_count = (int32_t)(sizeof diagnostics / sizeof diagnostics[0]),
    .diagnostic_size = sizeof(tessera_diagnostic),
    .diagnostics = diagnostics,
};

static tessera_status fail(tessera_message* message, const char* text) {
  snprintf(message->text, sizeof message->text, "%s", text);
  return TESSERA_FAILED;
}

static tessera_status create(void** solver, tessera_message* message) {
  *solver = calloc(1, sizeof(wave));
  return *solver ? TESSERA_OK : fail(message, "out of memory");
}

static void destroy(void* solver) { free(solver); }

static tessera_status schema(void* solver, const tessera_schema** out, tessera_message* message) {
  (void)solver;
  (void)message;
  *out = &schema_tables;
  return TESSERA_OK;
}

static tessera_status configure(void* solver, const tessera_grid_configuration* c, tessera_message* message) {
  wave* w = solver;
  if (c->value_count != PARAMETERS)
    return fail(message, "configured with a different number of parameters than declared");
  w->speed = c->values[SPEED].reals[0];
  for (int a = 0; a < 3; ++a) {
    const double h = c->geometry->spacing[a];
    w->inverse_square[a] = a < c->geometry->dimensions ? 1.0 / (h * h) : 0.0;
  }
  return TESSERA_OK;
}

static tessera_status stable_dt(void* solver, const tessera_patch* patch, tessera_region region, double time,
                                double* dt, tessera_message* message) {
  (void)patch;
  (void)region;
  (void)time;
  (void)message;
  const wave* w = solver;
  *dt = 1.0 / (w->speed * sqrt(w->inverse_square[0] + w->inverse_square[1] + w->inverse_square[2]));
  return TESSERA_OK;
}

static const double* row_read(const tessera_patch* p, int field, int j, int k) {
  const tessera_view* v = &p->reads[field];
  return (const double*)v->data + j * v->stride[1] + k * v->stride[2];
}

static double* row_write(const tessera_patch* p, int field, int j, int k) {
  const tessera_view* v = &p->writes[field];
  return (double*)v->data + j * v->stride[1] + k * v->stride[2];
}

static void kick(const wave* w, const tessera_patch* p, tessera_region r, double dt) {
  const double factor = dt * w->speed * w->speed;
  const double cx = factor * w->inverse_square[0];
  const double cy = factor * w->inverse_square[1];
  const double cz = factor * w->inverse_square[2];
  const int64_t sy = p->reads[DISPLACEMENT].stride[1];
  const int64_t sz = p->reads[DISPLACEMENT].stride[2];
  for (int k = r.lower[2]; k < r.upper[2]; ++k) {
    for (int j = r.lower[1]; j < r.upper[1]; ++j) {
      const double* u = row_read(p, DISPLACEMENT, j, k);
      const double* v = row_read(p, VELOCITY, j, k);
      double* next = row_write(p, VELOCITY, j, k);
      for (int i = r.lower[0]; i < r.upper[0]; ++i) {
        next[i] = v[i] + cx * (u[i - 1] - 2 * u[i] + u[i + 1]) + cy * (u[i - sy] - 2 * u[i] + u[i + sy]) +
                  cz * (u[i - sz] - 2 * u[i] + u[i + sz]);
      }
    }
  }
}

static void drift(const tessera_patch* p, tessera_region r, double dt) {
  for (int k = r.lower[2]; k < r.upper[2]; ++k) {
    for (int j = r.lower[1]; j < r.upper[1]; ++j) {
      const double* u = row_read(p, DISPLACEMENT, j, k);
      const double* v = row_read(p, VELOCITY, j, k);
      double* next = row_write(p, DISPLACEMENT, j, k);
      for (int i = r.lower[0]; i < r.upper[0]; ++i) next[i] = u[i] + dt * v[i];
    }
  }
}

static tessera_status update(void* solver, int32_t stage, const tessera_patch* patch, tessera_region region,
                             double time, double dt, tessera_message* message) {
  (void)time;
  switch (stage) {
    case KICK:
      kick(solver, patch, region, dt);
      return TESSERA_OK;
    case DRIFT:
      drift(patch, region, dt);
      return TESSERA_OK;
    default:
      return fail(message, "unknown stage");
  }
}

static tessera_status derive(void* solver, const tessera_patch* patch, tessera_region r, double time,
                             tessera_message* message) {
  (void)solver;
  (void)time;
  (void)message;
  for (int k = r.lower[2]; k < r.upper[2]; ++k) {
    for (int j = r.lower[1]; j < r.upper[1]; ++j) {
      const double* v = row_read(patch, VELOCITY, j, k);
      double* kinetic = row_write(patch, KINETIC, j, k);
      for (int i = r.lower[0]; i < r.upper[0]; ++i) kinetic[i] = 0.5 * v[i] * v[i];
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
      .stable_dt = stable_dt,
      .update = update,
      .derive = derive,
  };
  static const tessera_plugin plugin = {
      .struct_size = sizeof(tessera_plugin),
      .interface_version = TESSERA_INTERFACE_VERSION,
      .kind = TESSERA_GRID,
      .name = "wave_c",
      .version = "1.0.0",
      .summary = "The wave equation in 2 or 3 dimensions, in C",
      .functions = &functions,
  };
  return &plugin;
}
