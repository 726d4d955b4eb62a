! Parameters that are lists, tables and series, in Fortran. See layers.cpp.
module layers_f
  use, intrinsic :: iso_c_binding
  use tessera_grid
  implicit none
  private
  public :: entry

  type :: layers
    real(c_double), pointer :: rates(:), top(:), factor(:)
    type(tessera_time_series) :: inflow
  end type

  character(len=*, kind=c_char), parameter :: nul = c_null_char
  character(len=16, kind=c_char), target, save :: solver_name = "layers_f" // nul
  character(len=16, kind=c_char), target, save :: solver_version = "1.0.0" // nul
  character(len=80, kind=c_char), target, save :: solver_summary = &
    "Decay with a list, a table and a series as parameters, in Fortran" // nul
  character(len=16, kind=c_char), target, save :: parameter_name(4) = &
    ["rates " // nul, "inflow" // nul, "top   " // nul, "factor" // nul]
  character(len=16, kind=c_char), target, save :: parameter_unit(4) = &
    ["1/s " // nul, "kg/s" // nul, "m   " // nul, "    " // nul]
  character(len=16, kind=c_char), target, save :: table_name = "layer" // nul
  character(len=16, kind=c_char), target, save :: field_name = "amount" // nul
  character(len=16, kind=c_char), target, save :: field_unit = "kg" // nul
  character(len=16, kind=c_char), target, save :: stage_name = "decay" // nul
  character(len=1, kind=c_char), target, save :: empty = nul

  type(tessera_parameter), target, save :: parameters(4)
  type(tessera_field), target, save :: fields(1)
  type(tessera_read), target, save :: reads(1) = [tessera_read(0, 0)]
  integer(c_int32_t), target, save :: writes(1) = [0]
  type(tessera_stage), target, save :: stages(1)
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
    functions%update = c_funloc(update)
    plugin%name = c_loc(solver_name)
    plugin%version = c_loc(solver_version)
    plugin%summary = c_loc(solver_summary)
    plugin%functions = c_loc(functions)
    address = c_loc(plugin)
  end function

  function create(solver, message) bind(c) result(status)
    type(c_ptr), intent(out) :: solver
    type(tessera_message), intent(inout) :: message
    integer(c_int) :: status
    type(layers), pointer :: self
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
    type(layers), pointer :: self
    call c_f_pointer(solver, self)
    deallocate(self)
  end subroutine

  ! Ends each text at its last character other than a space.
  subroutine terminate(texts)
    character(len=*, kind=c_char), intent(inout) :: texts(:)
    integer :: n
    do n = 1, size(texts)
      texts(n) = trim(texts(n)(:index(texts(n), nul) - 1)) // nul
    end do
  end subroutine

  function schema(solver, out, message) bind(c) result(status)
    type(c_ptr), value :: solver
    type(c_ptr), intent(out) :: out
    type(tessera_message), intent(inout) :: message
    integer(c_int) :: status
    integer :: n

    call terminate(parameter_name)
    call terminate(parameter_unit)
    do n = 1, 4
      parameters(n)%name = c_loc(parameter_name(n))
      parameters(n)%unit = c_loc(parameter_unit(n))
      parameters(n)%help = c_loc(empty)
    end do
    parameters(1)%flags = tessera_list + tessera_has_minimum + tessera_has_minimum_count + tessera_has_maximum_count
    parameters(1)%minimum_count = 1
    parameters(1)%maximum_count = 4
    parameters(2)%flags = tessera_series + tessera_has_minimum
    parameters(3:4)%table = c_loc(table_name)
    parameters(3:4)%minimum_count = 1
    parameters(3:4)%maximum_count = 8
    parameters(3)%flags = tessera_has_minimum_count + tessera_has_maximum_count
    parameters(4)%flags = parameters(3)%flags + tessera_has_default + tessera_has_minimum + tessera_minimum_open
    parameters(4)%default_number = tessera_number_of(1.0_c_double)

    fields(1)%name = c_loc(field_name)
    fields(1)%unit = c_loc(field_unit)
    fields(1)%help = c_loc(empty)
    fields(1)%has_default = 1
    fields(1)%default_value = 1

    stages(1)%name = c_loc(stage_name)
    stages(1)%reads = c_loc(reads)
    stages(1)%read_count = size(reads)
    stages(1)%writes = c_loc(writes)
    stages(1)%write_count = size(writes)

    tables%parameters = c_loc(parameters)
    tables%parameter_count = size(parameters)
    tables%fields = c_loc(fields)
    tables%field_count = size(fields)
    tables%stages = c_loc(stages)
    tables%stage_count = size(stages)
    out = c_loc(tables)
    status = tessera_ok
  end function

  function configure(solver, configuration, message) bind(c) result(status)
    type(c_ptr), value :: solver
    type(tessera_grid_configuration), intent(in) :: configuration
    type(tessera_message), intent(inout) :: message
    integer(c_int) :: status
    type(layers), pointer :: self

    call c_f_pointer(solver, self)
    self%rates => tessera_real_values(configuration, 1)
    self%inflow = tessera_series_value(configuration, 2)
    self%top => tessera_real_values(configuration, 3)
    self%factor => tessera_real_values(configuration, 4)
    status = tessera_ok
    if (tessera_value_count(configuration, 1) /= size(self%rates)) &
      status = tessera_fail(message, "the list has a different number of elements than counted")
  end function

  function update(solver, stage, patch, region, time, dt, message) bind(c) result(status)
    type(c_ptr), value :: solver
    integer(c_int32_t), value :: stage
    type(tessera_patch), intent(in) :: patch
    type(tessera_region), value :: region
    real(c_double), value :: time, dt
    type(tessera_message), intent(inout) :: message
    integer(c_int) :: status
    type(layers), pointer :: self
    type(tessera_view) :: from, to
    real(c_double), pointer, contiguous :: u(:), next(:)
    real(c_double) :: rate, inflow, x
    integer(c_int64_t) :: row, row_to
    integer :: i, j, k, n

    call c_f_pointer(solver, self)
    from = tessera_view_to_read(patch, 0)
    to = tessera_view_to_write(patch, 0)
    call tessera_cells(from, patch%extent, 0, u)
    call tessera_cells(to, patch%extent, 0, next)
    inflow = tessera_series_at(self%inflow, time)
    rate = 0
    do n = 1, size(self%rates)
      rate = rate + self%rates(n)
    end do
    do k = region%lower(3), region%upper(3) - 1
      do j = region%lower(2), region%upper(2) - 1
        row = j * from%stride(2) + k * from%stride(3)
        row_to = j * to%stride(2) + k * to%stride(3)
        do i = region%lower(1), region%upper(1) - 1
          x = tessera_centre(patch, 0, i)
          n = 1
          do while (n < size(self%top) .and. .not. x < self%top(n))
            n = n + 1
          end do
          next(row_to + i) = u(row + i) + dt * (inflow - rate * self%factor(n) * u(row + i))
        end do
      end do
    end do
    status = tessera_ok
  end function

end module
