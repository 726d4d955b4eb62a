/* The C interface of solvers on grids. See tessera/plugin.h for the parts that all plugins share, including
 * the rules for appending members to structs.
 *
 * Life cycle of a solver, the same on every rank:
 *   create -> schema -> configure -> initialize (each patch) -> { stable_dt, update, derive, boundary }
 *   -> destroy */
#ifndef TESSERA_GRID_H
#define TESSERA_GRID_H

#include <tessera/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TESSERA_MAX_RADIUS 16     /* largest stencil radius that a stage may declare, in cells */
#define TESSERA_MAX_COMPONENTS 64 /* components per field */

/* Declarations */

typedef enum tessera_scalar { TESSERA_FLOAT64 = 0, TESSERA_FLOAT32 = 1 } tessera_scalar;

typedef enum tessera_field_kind {
  TESSERA_STATE = 0,    /* evolves in time; part of checkpoints and of the state digest */
  TESSERA_CONSTANT = 1, /* set at the start, then read-only, such as a conductivity */
  TESSERA_WORK = 2,     /* passes values from one stage to a later stage of the same step */
  TESSERA_DERIVED = 3   /* computed by derive() from state and constant fields, for output and diagnostics */
} tessera_field_kind;

typedef struct tessera_field {
  const char* name;
  const char* unit;
  const char* help;
  int32_t kind;       /* tessera_field_kind */
  int32_t scalar;     /* tessera_scalar */
  int32_t components; /* 1 .. TESSERA_MAX_COMPONENTS */
  uint32_t flags;     /* none defined yet: must be 0 */
  /* One mask per component: bit a is set if the component changes sign when mirrored at a face normal to
   * axis a, as the normal velocity does at a wall. NULL if no component does. */
  const uint8_t* odd_axes;
  /* Whether the job's [initial] may omit the field, and its initial value in that case. */
  int32_t has_default;
  double default_value;
} tessera_field;

/* This struct is frozen. */
typedef struct tessera_read {
  int32_t field;  /* index into tessera_schema.fields */
  int32_t radius; /* cells along each axis, corners included: 0 .. TESSERA_MAX_RADIUS */
} tessera_read;

/* One pass over all cells. To compute a cell, a stage reads each of its inputs within the declared radius of
 * the cell, and writes its outputs only at that cell. A field that a stage writes, and reads with a radius
 * above 0, has two time levels. If the stage reads it with radius 0, the views for reading and for writing
 * may refer to the same memory. */
typedef struct tessera_stage {
  const char* name;
  uint32_t flags; /* none defined yet: must be 0 */
  int32_t read_count;
  const tessera_read* reads;
  int32_t write_count;
  const int32_t* writes; /* indices into tessera_schema.fields */
  double time_offset;    /* its inputs, boundary values included, are valid at time + time_offset*dt */
} tessera_stage;

typedef enum tessera_reduction {
  TESSERA_SUM = 0,
  TESSERA_MIN = 1,
  TESSERA_MAX = 2,
  TESSERA_L1 = 3, /* sum |v| w */
  TESSERA_L2 = 4  /* sqrt(sum v^2 w) */
} tessera_reduction;

typedef struct tessera_diagnostic {
  const char* name;
  const char* unit;
  const char* help;
  int32_t reduction; /* tessera_reduction */
  int32_t field;     /* index into tessera_schema.fields */
  int32_t component;
  int32_t times_volume; /* if not 0, each cell has its length, area or volume as weight w; else 1 */
} tessera_diagnostic;

typedef enum tessera_schema_flags {
  TESSERA_LOCAL_DT = 1,     /* stable_dt() depends on the fields: it is called again during the run */
  TESSERA_HAS_DT = 2,       /* stable_dt() is implemented; without it every job must set dt */
  TESSERA_HAS_DERIVE = 4,   /* derive() is implemented */
  TESSERA_HAS_BOUNDARY = 8, /* boundary() is implemented: the faces of a job may be "custom" */
  TESSERA_ONE_STEP = 16     /* update() keeps state: each step must be complete before the next begins */
} tessera_schema_flags;

typedef enum tessera_geometry_kind {
  TESSERA_CARTESIAN = 0, /* coordinates in metres, or in another unit chosen by the solver */
  TESSERA_SPHERICAL = 1  /* x is longitude and y latitude, in degrees; two dimensions */
} tessera_geometry_kind;

/* The declarations of a solver. Each *_size is the size of one array element in bytes. */
typedef struct tessera_schema {
  uint32_t struct_size; /* sizeof(tessera_schema) */
  uint32_t flags;       /* tessera_schema_flags */
  uint32_t dimensions;  /* bit d-1 is set if the solver supports d dimensions */
  uint32_t geometries;  /* bit g is set if the solver supports tessera_geometry_kind g */
  double default_cfl;   /* factor in dt = cfl * stable_dt if the job sets no `cfl` */
  int32_t parameter_count;
  uint32_t parameter_size; /* sizeof(tessera_parameter) */
  const tessera_parameter* parameters;
  int32_t field_count;
  uint32_t field_size; /* sizeof(tessera_field) */
  const tessera_field* fields;
  int32_t stage_count;
  uint32_t stage_size; /* sizeof(tessera_stage) */
  const tessera_stage* stages;
  int32_t diagnostic_count;
  uint32_t diagnostic_size; /* sizeof(tessera_diagnostic) */
  const tessera_diagnostic* diagnostics;
} tessera_schema;

/* Run-time data */

/* The whole domain. Axes beyond `dimensions` have one cell, spacing 1 and no ghost cells. */
typedef struct tessera_geometry {
  uint32_t struct_size; /* sizeof(tessera_geometry) */
  int32_t kind;         /* tessera_geometry_kind */
  int32_t dimensions;
  int64_t cells[3];
  double lower[3];
  double upper[3];
  double spacing[3];
  double radius; /* radius of the sphere in metres; 0 if Cartesian */
} tessera_geometry;

/* One field of a patch. Element (i, j, k) of component c is
 *   data[i*stride[0] + j*stride[1] + k*stride[2] + c*stride[3]],  strides in elements.
 * (0, 0, 0) is the first owned cell of the patch; ghost cells have negative indices, or indices beyond its
 * extent. stride[0] is 1. Along an axis beyond the domain's dimensions the stride is 0: the neighbour of a
 * cell is then the cell itself, so that one kernel serves 1, 2 and 3 dimensions. This struct is frozen. */
typedef struct tessera_view {
  void* data; /* NULL if the call may not access the field */
  int64_t stride[4];
  int32_t ghost[3]; /* number of ghost layers along each axis */
  int32_t scalar;   /* tessera_scalar */
  int32_t components;
  int32_t reserved; /* 0 */
} tessera_view;

/* A box of cells of a patch, in local indices, upper end exclusive. It may include ghost cells. This struct
 * is frozen. */
typedef struct tessera_region {
  int32_t lower[3];
  int32_t upper[3];
} tessera_region;

typedef enum tessera_memory_space {
  TESSERA_HOST = 0,
  TESSERA_DEVICE = 1 /* memory that the host cannot access */
} tessera_memory_space;

/* Runs the loop body `closure` for each cell of `cells`. */
typedef void (*tessera_kernel)(const void* closure, tessera_region cells);
/* Evaluates the loop body `closure` for each cell of `cells`, and stores the reduced value in *result. */
typedef void (*tessera_reduction_kernel)(const void* closure, tessera_region cells, double* result);

/* The execution environment of a call. All views of a call are in the same memory space. If it is
 * TESSERA_HOST, the solver runs its loops itself: `stream`, `launch` and `reduce` are NULL. If it is
 * TESSERA_DEVICE, `launch` enqueues a loop and returns immediately, so TESSERA_OK from a solver function then
 * means "enqueued"; `reduce` waits for its result. */
typedef struct tessera_execution {
  uint32_t struct_size; /* sizeof(tessera_execution) */
  int32_t space;        /* tessera_memory_space */
  int32_t device;       /* device index; -1 for the host */
  uint32_t flags;       /* none defined yet: must be 0 */
  void* stream;
  tessera_status (*launch)(const struct tessera_execution* execution, tessera_kernel kernel,
                           const void* closure, uint64_t closure_size, tessera_region cells,
                           tessera_message* message);
  /* Computes the smallest (TESSERA_MIN) or largest (TESSERA_MAX) value. */
  tessera_status (*reduce)(const struct tessera_execution* execution, int32_t reduction,
                           tessera_reduction_kernel kernel, const void* closure, uint64_t closure_size,
                           tessera_region cells, double* result, tessera_message* message);
} tessera_execution;

/* A box of cells with its own storage and local indices. */
typedef struct tessera_patch {
  uint32_t struct_size; /* sizeof(tessera_patch) */
  int32_t field_count;
  const tessera_geometry* geometry;
  int64_t offset[3];          /* index in the domain of local cell (0, 0, 0) */
  int32_t extent[3];          /* number of owned cells along each axis */
  const tessera_view* reads;  /* one per field: the time level to read */
  const tessera_view* writes; /* one per field: the time level to write */
  const tessera_execution* execution;
} tessera_patch;

typedef struct tessera_grid_configuration {
  uint32_t struct_size; /* sizeof(tessera_grid_configuration) */
  int32_t value_count;
  uint32_t value_size;          /* sizeof(tessera_values) */
  const tessera_values* values; /* one per declared parameter, in order; valid until destroy() */
  const uint8_t* field_given;   /* one per declared field: 1 if the job's [initial] sets it */
  const tessera_geometry* geometry;
} tessera_grid_configuration;

/* The functions of a solver. Functions marked "optional" may be NULL. No function may communicate. */

typedef struct tessera_grid_functions {
  uint32_t struct_size; /* sizeof(tessera_grid_functions) */
  uint32_t flags;       /* none defined yet: must be 0 */

  tessera_status (*create)(void** solver, tessera_message* message);
  void (*destroy)(void* solver);

  /* Returns the declarations of the solver. The schema stays valid until destroy(). */
  tessera_status (*schema)(void* solver, const tessera_schema** schema, tessera_message* message);

  /* Called once, before the functions below. TESSERA_FAILED rejects the job. */
  tessera_status (*configure)(void* solver, const tessera_grid_configuration* configuration,
                              tessera_message* message);

  /* Sets fields at the start, after the fields set in the job's [initial] have been filled. Optional. If it
   * is NULL, jobs cannot set derived fields in [initial], since derive() would overwrite them unread. */
  tessera_status (*initialize)(void* solver, const tessera_patch* patch, tessera_region region, double time,
                               tessera_message* message);

  /* Sets *dt to the largest stable time step of `region` in seconds, or to infinity if nothing limits it. It
   * may read state and constant fields, but no ghost cells. Optional. */
  tessera_status (*stable_dt)(void* solver, const tessera_patch* patch, tessera_region region, double time,
                              double* dt, tessera_message* message);

  /* Writes the outputs of the stage on `region`, as a pure function of its inputs. `time` is the time at the
   * start of the step. It may be called for any box of cells, in any order: some cells may be several steps
   * ahead of others, and cells near the edge of a patch may be computed by more than one rank. */
  tessera_status (*update)(void* solver, int32_t stage, const tessera_patch* patch, tessera_region region,
                           double time, double dt, tessera_message* message);

  /* Writes the derived fields on `region`, from the state and constant fields at the same cell. Optional. */
  tessera_status (*derive)(void* solver, const tessera_patch* patch, tessera_region region, double time,
                           tessera_message* message);

  /* Writes `field` in the ghost cells `region` beyond the face (axis; side: 0 lower, 1 upper) of the domain,
   * for faces that the job declares "custom". It may read only cells along the normal of the face, no
   * deeper inside the domain than the ghost layers reach outside. It may read `field`. If `field` is not
   * constant, it may also read each constant field that every stage reads with at least the radius of all its
   * other reads. The views of all other fields are null. Optional. */
  tessera_status (*boundary)(void* solver, const tessera_patch* patch, tessera_region region, int32_t field,
                             int32_t axis, int32_t side, double time, tessera_message* message);
} tessera_grid_functions;

#ifdef __cplusplus
}
#endif

#endif
