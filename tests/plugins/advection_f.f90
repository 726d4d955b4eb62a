! Advection of a concentration q with a constant velocity v in Fortran,
!   q_t + v_x q_x + v_y q_y + v_z q_z = 0,
! by first-order upwind differences and explicit Euler; stable for dt sum |v_a|/dx_a <= 1.
module advection_f
  use, intrinsic :: iso_c_binding
  use, intrinsic :: ieee_arithmetic, only: ieee_value, ieee_positive_inf
  use tessera_grid
  implicit none
  private
  public :: entry

  type :: advection
    real(c_double) :: velocity(3)
    real(c_double) :: spacing(3)
    integer :: dimensions
  end type

  integer, parameter :: concentration = 0 ! index of the only field

  character(len=*, kind=c_char), parameter :: nul = c_null_char
  character(len=16, kind=c_char), target, save :: solver_name = "advection_f" // nul
  character(len=16, kind=c_char), target, save :: solver_version = "1.0.0" // nul
  character(len=64, kind=c_char), target, save :: solver_summary = &
    "Upwind advection in 1, 2 or 3 dimensions, in Fortran" // nul
  character(len=16, kind=c_char), target, save :: parameter_name(3) = &
    ["velocity_x" // nul, "velocity_y" // nul, "velocity_z" // nul]
  character(len=32, kind=c_char), target, save :: velocity_help = "velocity along the axis" // nul
  character(len=16, kind=c_char), target, save :: metre_per_second = "m/s" // nul
  character(len=16, kind=c_char), target, save :: field_name = "concentration" // nul
  character(len=16, kind=c_char), target, save :: stage_name = "advect" // nul
  character(len=16, kind=c_char), target, save :: mass = "mass" // nul
  character(len=16, kind=c_char), target, save :: highest = "highest" // nul
  character(len=16, kind=c_char), target, save :: lowest = "lowest" // nul
  character(len=1, kind=c_char), target, save :: empty = nul

  type(tessera_parameter), target, save :: parameters(3)
  type(tessera_field), target, save :: fields(1)
  type(tessera_read), target, save :: reads(1) = [tessera_read(concentration, 1)]
  integer(c_int32_t), target, save :: writes(1) = [concentration]
  type(tessera_stage), target, save :: stages(1)
  type(tessera_diagnostic), target, save :: diagnostics(3)
  type(tessera_schema), target, save :: tables
  type(tessera_grid_functions), target, save :: functions
  type(tessera_plugin), target, save :: plugin

contains

  function entry() bind(c, name="tessera_plugin_entry") result(address)
    type(c_ptr) :: address
    functions%create = c_funloc(create)
    functions%destroy = c_funloc(destroy)
    functions%schema = c_funloc(schema)
    functions%configure = c_funloc(configure)
    functions%stable_dt = c_funloc(stable_dt)
    functions%update = c_funloc(update)
    plugin%name = c_loc(solver_name)
    plugin%version = c_loc(solver_version)
    plugin%summary = c_loc(solver_summary)
    plugin%functions = c_loc(functions)
    address = c_loc(plugin)
    if (sizes_differ()) address = c_null_ptr
  end function

  ! Whether a type of the module tessera_grid differs in size from what the module declares.
  pure function sizes_differ()
    logical :: sizes_differ
    sizes_differ = any([c_sizeof(plugin), c_sizeof(functions), c_sizeof(tables), c_sizeof(parameters(1)), &
                        c_sizeof(fields(1)), c_sizeof(stages(1)), c_sizeof(diagnostics(1))] &
                       /= [tessera_plugin_size, tessera_grid_functions_size, tessera_schema_size, &
                           tessera_parameter_size, tessera_field_size, tessera_stage_size, &
                           tessera_diagnostic_size])
  end function

  function create(solver, message) bind(c) result(status)
    type(c_ptr), intent(out) :: solver
    type(tessera_message), intent(inout) :: message
    integer(c_int) :: status
    type(advection), pointer :: self
    integer :: failure
    allocate(self, stat=failure)
    if (failure /= 0) then
      status = tessera_fail(message, "out of memory")
      return
    end if
    solver = c_loc(self)
    status = tessera_ok
  end function

  subroutine destroy(solver) bind(c)
    type(c_ptr), value :: solver
    type(advection), pointer :: self
    call c_f_pointer(solver, self)
    deallocate(self)
  end subroutine

  function schema(solver, out, message) bind(c) result(status)
    type(c_ptr), value :: solver
    type(c_ptr), intent(out) :: out
    type(tessera_message), intent(inout) :: message
    integer(c_int) :: status
    integer :: a

    do a = 1, 3
      parameters(a)%name = c_loc(parameter_name(a))
      parameters(a)%unit = c_loc(metre_per_second)
      parameters(a)%help = c_loc(velocity_help)
      parameters(a)%flags = tessera_has_default
    end do

    fields(1)%name = c_loc(field_name)
    fields(1)%unit = c_loc(empty)
    fields(1)%help = c_loc(empty)

    stages(1)%name = c_loc(stage_name)
    stages(1)%reads = c_loc(reads)
    stages(1)%read_count = size(reads)
    stages(1)%writes = c_loc(writes)
    stages(1)%write_count = size(writes)

    diagnostics%unit = c_loc(empty)
    diagnostics%help = c_loc(empty)
    diagnostics(1)%name = c_loc(mass)
    diagnostics(1)%times_volume = 1
    diagnostics(2)%name = c_loc(highest)
    diagnostics(2)%reduction = tessera_max
    diagnostics(3)%name = c_loc(lowest)
    diagnostics(3)%reduction = tessera_min

    tables%flags = tessera_has_dt
    tables%parameters = c_loc(parameters)
    tables%parameter_count = size(parameters)
    tables%fields = c_loc(fields)
    tables%field_count = size(fields)
    tables%stages = c_loc(stages)
    tables%stage_count = size(stages)
    tables%diagnostics = c_loc(diagnostics)
    tables%diagnostic_count = size(diagnostics)
    out = c_loc(tables)
    status = tessera_ok
  end function

  function configure(solver, configuration, message) bind(c) result(status)
    type(c_ptr), value :: solver
    type(tessera_grid_configuration), intent(in) :: configuration
    type(tessera_message), intent(inout) :: message
    integer(c_int) :: status
    type(advection), pointer :: self
    type(tessera_geometry), pointer :: geometry
    integer :: a

    call c_f_pointer(solver, self)
    call c_f_pointer(configuration%geometry, geometry)
    if (configuration%value_count /= size(parameters)) then
      status = tessera_fail(message, "configured with a different number of parameters than declared")
      return
    end if
    self%dimensions = geometry%dimensions
    self%spacing = geometry%spacing
    do a = 1, 3
      self%velocity(a) = tessera_real_value(configuration, a)
      if (a > self%dimensions .and. abs(self%velocity(a)) > 0) then
        status = tessera_fail(message, &
          parameter_name(a)(1:10) // " is not 0, but the domain has no such axis")
        return
      end if
    end do
    status = tessera_ok
  end function

  function stable_dt(solver, patch, region, time, dt, message) bind(c) result(status)
    type(c_ptr), value :: solver
    type(tessera_patch), intent(in) :: patch
    type(tessera_region), value :: region
    real(c_double), value :: time
    real(c_double), intent(out) :: dt
    type(tessera_message), intent(inout) :: message
    integer(c_int) :: status
    type(advection), pointer :: self
    real(c_double) :: rate
    integer :: a

    call c_f_pointer(solver, self)
    rate = 0
    do a = 1, self%dimensions
      rate = rate + abs(self%velocity(a)) / self%spacing(a)
    end do
    if (rate > 0) then
      dt = 1 / rate
    else
      dt = ieee_value(dt, ieee_positive_inf)
    end if
    status = tessera_ok
  end function

  function update(solver, stage, patch, region, time, dt, message) bind(c) result(status)
    type(c_ptr), value :: solver
    integer(c_int32_t), value :: stage
    type(tessera_patch), intent(in) :: patch
    type(tessera_region), value :: region
    real(c_double), value :: time, dt
    type(tessera_message), intent(inout) :: message
    integer(c_int) :: status
    type(advection), pointer :: self
    type(tessera_view) :: from, to
    real(c_double), pointer, contiguous :: q(:), next(:)
    real(c_double) :: courant(3)
    integer(c_int64_t) :: step(3)
    integer(c_int64_t) :: n, row, row_to
    integer :: i, j, k, a

    call c_f_pointer(solver, self)
    from = tessera_view_to_read(patch, concentration)
    to = tessera_view_to_write(patch, concentration)
    call tessera_cells(from, patch%extent, 0, q)
    call tessera_cells(to, patch%extent, 0, next)

    ! The upstream neighbour of a cell is `step` elements away.
    courant = 0
    step = 0
    do a = 1, self%dimensions
      courant(a) = abs(self%velocity(a)) * dt / self%spacing(a)
      step(a) = merge(-1, 1, self%velocity(a) > 0) * from%stride(a)
    end do

    do k = region%lower(3), region%upper(3) - 1
      do j = region%lower(2), region%upper(2) - 1
        row = j * from%stride(2) + k * from%stride(3)
        row_to = j * to%stride(2) + k * to%stride(3)
        do i = region%lower(1), region%upper(1) - 1
          n = row + i
          next(row_to + i) = q(n) + courant(1) * (q(n + step(1)) - q(n)) &
                                  + courant(2) * (q(n + step(2)) - q(n)) &
                                  + courant(3) * (q(n + step(3)) - q(n))
        end do
      end do
    end do
    status = tessera_ok
  end function

end module
