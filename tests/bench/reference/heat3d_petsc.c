/* Heat conduction on PETSc's distributed array (DMDA): each step exchanges ghost cells with DMGlobalToLocal,
 * then updates the owned cells.
 *
 *   mpirun -n 2 heat3d_petsc CELLS STEPS */
#include "heat3d.h"

#include <petscdmda.h>

static PetscErrorCode set_initial(DM grid, Vec field, PetscInt n) {
  PetscInt x, y, z, nx, ny, nz;
  PetscScalar*** u;
  PetscFunctionBeginUser;
  PetscCall(DMDAGetCorners(grid, &x, &y, &z, &nx, &ny, &nz));
  PetscCall(DMDAVecGetArray(grid, field, &u));
  for (PetscInt k = z; k < z + nz; ++k) {
    for (PetscInt j = y; j < y + ny; ++j) {
      for (PetscInt i = x; i < x + nx; ++i) u[k][j][i] = initial_temperature((int)n, (int)i, (int)j, (int)k);
    }
  }
  PetscCall(DMDAVecRestoreArray(grid, field, &u));
  PetscFunctionReturn(0);
}

static PetscErrorCode advance(DM grid, Vec field, Vec ghosted, Vec result, PetscScalar c) {
  PetscInt x, y, z, nx, ny, nz;
  const PetscScalar*** u;
  PetscScalar*** next;
  PetscFunctionBeginUser;
  PetscCall(DMGlobalToLocal(grid, field, INSERT_VALUES, ghosted));
  PetscCall(DMDAGetCorners(grid, &x, &y, &z, &nx, &ny, &nz));
  PetscCall(DMDAVecGetArrayRead(grid, ghosted, &u));
  PetscCall(DMDAVecGetArrayWrite(grid, result, &next));
  for (PetscInt k = z; k < z + nz; ++k) {
    for (PetscInt j = y; j < y + ny; ++j) {
      for (PetscInt i = x; i < x + nx; ++i) {
        next[k][j][i] = u[k][j][i] + c * (u[k][j][i - 1] - 2 * u[k][j][i] + u[k][j][i + 1]) +
                        c * (u[k][j - 1][i] - 2 * u[k][j][i] + u[k][j + 1][i]) +
                        c * (u[k - 1][j][i] - 2 * u[k][j][i] + u[k + 1][j][i]);
      }
    }
  }
  PetscCall(DMDAVecRestoreArrayRead(grid, ghosted, &u));
  PetscCall(DMDAVecRestoreArrayWrite(grid, result, &next));
  PetscFunctionReturn(0);
}

static PetscErrorCode run(int n, int steps) {
  DM grid;
  Vec field[2], ghosted;
  PetscInt length;
  const PetscScalar* values;
  PetscFunctionBeginUser;
  PetscCall(DMDACreate3d(PETSC_COMM_WORLD, DM_BOUNDARY_PERIODIC, DM_BOUNDARY_PERIODIC, DM_BOUNDARY_PERIODIC,
                         DMDA_STENCIL_STAR, n, n, n, PETSC_DECIDE, PETSC_DECIDE, PETSC_DECIDE, 1, 1, NULL,
                         NULL, NULL, &grid));
  PetscCall(DMSetFromOptions(grid));
  PetscCall(DMSetUp(grid));
  PetscCall(DMCreateGlobalVector(grid, &field[0]));
  PetscCall(DMCreateGlobalVector(grid, &field[1]));
  PetscCall(DMCreateLocalVector(grid, &ghosted));
  PetscCall(set_initial(grid, field[0], n));
  const double c = factor_of(n);

  MPI_Barrier(PETSC_COMM_WORLD);
  const double start = MPI_Wtime();
  for (int step = 0; step < steps; ++step) {
    PetscCall(advance(grid, field[step % 2], ghosted, field[(step + 1) % 2], c));
  }
  MPI_Barrier(PETSC_COMM_WORLD);
  const double seconds = MPI_Wtime() - start;

  wide_sum sum = {0.0, 0.0};
  double hottest = -INFINITY;
  PetscCall(VecGetLocalSize(field[steps % 2], &length));
  PetscCall(VecGetArrayRead(field[steps % 2], &values));
  for (PetscInt m = 0; m < length; ++m) {
    wide_add(&sum, values[m]);
    hottest = values[m] > hottest ? values[m] : hottest;
  }
  PetscCall(VecRestoreArrayRead(field[steps % 2], &values));
  report(PETSC_COMM_WORLD, n, steps, seconds, sum, hottest);

  PetscCall(VecDestroy(&ghosted));
  PetscCall(VecDestroy(&field[0]));
  PetscCall(VecDestroy(&field[1]));
  PetscCall(DMDestroy(&grid));
  PetscFunctionReturn(0);
}

int main(int argc, char** argv) {
  int n, steps;
  if (!read_arguments(argc, argv, &n, &steps)) {
    fprintf(stderr, "usage: heat3d_petsc CELLS STEPS\n");
    return 64;
  }
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(run(n, steps));
  return (int)PetscFinalize();
}
