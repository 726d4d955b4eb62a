! The C interface of tessera/plugin.h and tessera/grid.h for solvers written in Fortran 2008: the same structs
! as bind(C) types, and procedures that hide C strings and address arithmetic.
!
! Add this file to the sources of the plugin. Export a function
!   function entry() bind(c, name="tessera_plugin_entry") result(plugin)
!     type(c_ptr) :: plugin
! that fills a tessera_plugin and returns its c_loc. The tessera_plugin, and all strings and arrays that it refers
! to, need the attributes save and target, because Tessera keeps their addresses. The size members of
! tessera_plugin, tessera_grid_functions and tessera_schema are initialised. tests/plugins/advection_f.f90 is a
! complete solver.
!
! Parameters and the rows of a table are numbered from 1, as Fortran arrays are. Fields, components and cells are
! numbered from 0, and axes too, as in C, because the structs contain their indices. An index that does not exist ends the process
! with a message.
module tessera_grid
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: error_unit
  implicit none
  private :: error_unit, shifted, no_reals, no_integers, values_of, number_of_real, number_of_integer, row_of
  private :: check_index, check_view, coordinate_at, fail

  integer(c_int32_t), parameter :: tessera_interface_version = 2
  integer, parameter :: tessera_message_size = 1024

  ! tessera_status
  integer(c_int), parameter :: tessera_ok = 0, tessera_failed = 1
  ! tessera_kind
  integer(c_int32_t), parameter :: tessera_kind_grid = 1
  ! tessera_scalar
  integer(c_int32_t), parameter :: tessera_float64 = 0, tessera_float32 = 1
  ! tessera_field_kind
  integer(c_int32_t), parameter :: tessera_state = 0, tessera_constant = 1, &
                                   tessera_work = 2, tessera_derived = 3
  ! tessera_parameter_type
  integer(c_int32_t), parameter :: tessera_real = 0, tessera_integer = 1, &
                                   tessera_boolean = 2, tessera_text = 3
  ! tessera_parameter_flags
  integer(c_int32_t), parameter :: tessera_has_default = 1, tessera_has_minimum = 2, &
                                   tessera_has_maximum = 4, tessera_minimum_open = 8, &
                                   tessera_maximum_open = 16, tessera_list = 32, tessera_series = 64, &
                                   tessera_has_minimum_count = 128, tessera_has_maximum_count = 256
  ! tessera_reduction
  integer(c_int32_t), parameter :: tessera_sum = 0, tessera_min = 1, tessera_max = 2, &
                                   tessera_l1 = 3, tessera_l2 = 4
  ! tessera_schema_flags
  integer(c_int32_t), parameter :: tessera_local_dt = 1, tessera_has_dt = 2, tessera_has_derive = 4, &
                                   tessera_has_boundary = 8, &
                                   tessera_one_step = 16
  ! tessera_geometry_kind
  integer(c_int32_t), parameter :: tessera_cartesian = 0, tessera_spherical = 1
  ! tessera_memory_space
  integer(c_int32_t), parameter :: tessera_host = 0, tessera_device = 1

  ! sizeof of the C structs; a test compares them with c_sizeof.
  integer(c_int32_t), parameter :: tessera_plugin_size = 48
  integer(c_int32_t), parameter :: tessera_grid_functions_size = 80
  integer(c_int32_t), parameter :: tessera_parameter_size = 128
  integer(c_int32_t), parameter :: tessera_field_size = 64
  integer(c_int32_t), parameter :: tessera_stage_size = 48
  integer(c_int32_t), parameter :: tessera_diagnostic_size = 40
  integer(c_int32_t), parameter :: tessera_schema_size = 88

  type, bind(c) :: tessera_message
    character(kind=c_char) :: text(tessera_message_size)
  end type

  ! A C union of a double and a 64-bit integer. Use tessera_number_of to create one.
  type, bind(c) :: tessera_number
    integer(c_int64_t) :: bits = 0
  end type

  type, bind(c) :: tessera_plugin
    integer(c_int32_t) :: struct_size = tessera_plugin_size
    integer(c_int32_t) :: interface_version = tessera_interface_version
    integer(c_int32_t) :: kind_of_plugin = tessera_kind_grid
    integer(c_int32_t) :: flags = 0
    type(c_ptr) :: name = c_null_ptr
    type(c_ptr) :: version = c_null_ptr
    type(c_ptr) :: summary = c_null_ptr
    type(c_ptr) :: functions = c_null_ptr
  end type

  type, bind(c) :: tessera_grid_functions
    integer(c_int32_t) :: struct_size = tessera_grid_functions_size
    integer(c_int32_t) :: flags = 0
    type(c_funptr) :: create = c_null_funptr
    type(c_funptr) :: destroy = c_null_funptr
    type(c_funptr) :: schema = c_null_funptr
    type(c_funptr) :: configure = c_null_funptr
    type(c_funptr) :: initialize = c_null_funptr
    type(c_funptr) :: stable_dt = c_null_funptr
    type(c_funptr) :: update = c_null_funptr
    type(c_funptr) :: derive = c_null_funptr
    type(c_funptr) :: boundary = c_null_funptr
  end type

  type, bind(c) :: tessera_parameter
    type(c_ptr) :: name = c_null_ptr
    type(c_ptr) :: table = c_null_ptr
    type(c_ptr) :: unit = c_null_ptr
    type(c_ptr) :: help = c_null_ptr
    integer(c_int32_t) :: type_of_value = tessera_real
    integer(c_int32_t) :: flags = 0
    type(tessera_number) :: default_number
    type(tessera_number) :: minimum
    type(tessera_number) :: maximum
    type(c_ptr) :: default_text = c_null_ptr
    type(c_ptr) :: choices = c_null_ptr
    integer(c_int32_t) :: choice_count = 0
    integer(c_int32_t) :: reserved = 0
    integer(c_int64_t) :: minimum_count = 0
    integer(c_int64_t) :: maximum_count = 0
    integer(c_int64_t) :: default_count = 0
    type(c_ptr) :: default_numbers = c_null_ptr
    type(c_ptr) :: default_texts = c_null_ptr
  end type

  type, bind(c) :: tessera_field
    type(c_ptr) :: name = c_null_ptr
    type(c_ptr) :: unit = c_null_ptr
    type(c_ptr) :: help = c_null_ptr
    integer(c_int32_t) :: kind_of_field = tessera_state
    integer(c_int32_t) :: scalar = tessera_float64
    integer(c_int32_t) :: components = 1
    integer(c_int32_t) :: flags = 0
    type(c_ptr) :: odd_axes = c_null_ptr
    integer(c_int32_t) :: has_default = 0
    real(c_double) :: default_value = 0
  end type

  ! Field numbers start at 0, as in C.
  type, bind(c) :: tessera_read
    integer(c_int32_t) :: field = 0
    integer(c_int32_t) :: radius = 0
  end type

  type, bind(c) :: tessera_stage
    type(c_ptr) :: name = c_null_ptr
    integer(c_int32_t) :: flags = 0
    integer(c_int32_t) :: read_count = 0
    type(c_ptr) :: reads = c_null_ptr
    integer(c_int32_t) :: write_count = 0
    type(c_ptr) :: writes = c_null_ptr
    real(c_double) :: time_offset = 0
  end type

  type, bind(c) :: tessera_diagnostic
    type(c_ptr) :: name = c_null_ptr
    type(c_ptr) :: unit = c_null_ptr
    type(c_ptr) :: help = c_null_ptr
    integer(c_int32_t) :: reduction = tessera_sum
    integer(c_int32_t) :: field = 0
    integer(c_int32_t) :: component = 0
    integer(c_int32_t) :: times_volume = 0
  end type

  type, bind(c) :: tessera_schema
    integer(c_int32_t) :: struct_size = tessera_schema_size
    integer(c_int32_t) :: flags = 0
    integer(c_int32_t) :: dimensions = 7
    integer(c_int32_t) :: geometries = 1
    real(c_double) :: default_cfl = 0.9_c_double
    integer(c_int32_t) :: parameter_count = 0
    integer(c_int32_t) :: parameter_size = tessera_parameter_size
    type(c_ptr) :: parameters = c_null_ptr
    integer(c_int32_t) :: field_count = 0
    integer(c_int32_t) :: field_size = tessera_field_size
    type(c_ptr) :: fields = c_null_ptr
    integer(c_int32_t) :: stage_count = 0
    integer(c_int32_t) :: stage_size = tessera_stage_size
    type(c_ptr) :: stages = c_null_ptr
    integer(c_int32_t) :: diagnostic_count = 0
    integer(c_int32_t) :: diagnostic_size = tessera_diagnostic_size
    type(c_ptr) :: diagnostics = c_null_ptr
  end type

  type, bind(c) :: tessera_geometry
    integer(c_int32_t) :: struct_size
    integer(c_int32_t) :: kind_of_geometry
    integer(c_int32_t) :: dimensions
    integer(c_int64_t) :: cells(3)
    real(c_double) :: lower(3)
    real(c_double) :: upper(3)
    real(c_double) :: spacing(3)
    real(c_double) :: radius
  end type

  type, bind(c) :: tessera_view
    type(c_ptr) :: cells
    integer(c_int64_t) :: stride(4)
    integer(c_int32_t) :: ghost(3)
    integer(c_int32_t) :: scalar
    integer(c_int32_t) :: components
    integer(c_int32_t) :: reserved
  end type

  ! This module supports only the host; it provides no loops for devices.
  type, bind(c) :: tessera_execution
    integer(c_int32_t) :: struct_size
    integer(c_int32_t) :: space
    integer(c_int32_t) :: device
    integer(c_int32_t) :: flags
    type(c_ptr) :: stream
    type(c_funptr) :: launch
    type(c_funptr) :: reduce
  end type

  type, bind(c) :: tessera_patch
    integer(c_int32_t) :: struct_size
    integer(c_int32_t) :: field_count
    type(c_ptr) :: geometry
    integer(c_int64_t) :: offset(3)
    integer(c_int32_t) :: extent(3)
    type(c_ptr) :: reads
    type(c_ptr) :: writes
    type(c_ptr) :: execution
  end type

  ! Local indices from 0, upper end exclusive.
  type, bind(c) :: tessera_region
    integer(c_int32_t) :: lower(3)
    integer(c_int32_t) :: upper(3)
  end type

  type, bind(c) :: tessera_values
    integer(c_int64_t) :: row_count
    type(c_ptr) :: reals
    type(c_ptr) :: integers
    type(c_ptr) :: texts
    type(c_ptr) :: times = c_null_ptr
  end type

  ! The value of a parameter that changes with time: see tessera_series_value and tessera_series_at.
  type :: tessera_time_series
    real(c_double), pointer :: times(:) => null()
    real(c_double), pointer :: values(:) => null()
  end type

  type, bind(c) :: tessera_grid_configuration
    integer(c_int32_t) :: struct_size
    integer(c_int32_t) :: value_count
    integer(c_int32_t) :: value_size
    type(c_ptr) :: values
    type(c_ptr) :: field_given
    type(c_ptr) :: geometry
  end type

  ! The values of an empty list.
  real(c_double), target, save :: no_reals(0)
  integer(c_int64_t), target, save :: no_integers(0)

  interface tessera_number_of
    module procedure number_of_real, number_of_integer
  end interface

  ! call tessera_cells(view, extent, component, cells) makes `cells` refer to component `component` (from 0) of a
  ! view, including ghost cells, as an array. `extent` is the extent of the patch. Cell (i, j, k) is element
  ! i + j*stride(2) + k*stride(3), with i, j, k from 0 for owned cells. Along an axis beyond the domain's dimensions
  ! the stride is 0, so that the neighbour of a cell is the cell itself.
  interface tessera_cells
    module procedure cells_real64, cells_real32
  end interface

contains

  ! Stores `text`, a sentence for the user, in the message of a call that fails. Returns tessera_failed.
  function tessera_fail(message, text) result(status)
    type(tessera_message), intent(inout) :: message
    character(len=*), intent(in) :: text
    integer(c_int) :: status
    integer :: n, length
    length = min(len_trim(text), tessera_message_size - 1)
    do n = 1, length
      message%text(n) = text(n:n)
    end do
    message%text(length + 1) = c_null_char
    status = tessera_failed
  end function

  pure function number_of_real(value) result(number)
    real(c_double), intent(in) :: value
    type(tessera_number) :: number
    number%bits = transfer(value, 0_c_int64_t)
  end function

  pure function number_of_integer(value) result(number)
    integer(c_int64_t), intent(in) :: value
    type(tessera_number) :: number
    number%bits = value
  end function

  ! Ends the process with a message. The procedures below have no status to return, and no solver could continue.
  subroutine fail(text)
    character(len=*), intent(in) :: text
    write (error_unit, '(2a)') 'tessera_grid: ', text
    flush (error_unit)
    error stop
  end subroutine

  ! Ends the process with a message unless `number` is from `first` to `last`. `what`: what it counts, such as "field".
  subroutine check_index(what, number, first, last)
    character(len=*), intent(in) :: what
    integer, intent(in) :: number
    integer, intent(in) :: first
    integer(c_int64_t), intent(in) :: last
    character(len=120) :: text
    if (number >= first .and. number <= last) return
    if (last < first) then
      write (text, '(a, i0, 3a)') what // ' ', number, ' does not exist: there is no ', what, ' at all'
    else
      write (text, '(a, i0, 2a, i0, a, i0)') what // ' ', number, ' does not exist: each ', &
        what // ' has a number from ', first, ' to ', last
    end if
    call fail(trim(text))
  end subroutine

  ! Returns the values of parameter `parameter` (from 1) of a configuration.
  function values_of(configuration, parameter) result(values)
    type(tessera_grid_configuration), intent(in) :: configuration
    integer, intent(in) :: parameter
    type(tessera_values), pointer :: values
    call check_index('parameter', parameter, 1, int(configuration%value_count, c_int64_t))
    call c_f_pointer(shifted(configuration%values, (parameter - 1_c_int64_t) * configuration%value_size), values)
  end function

  ! Returns `row`, or 1 if it is absent. The row must exist.
  function row_of(values, row) result(number)
    type(tessera_values), intent(in) :: values
    integer, intent(in), optional :: row
    integer :: number
    number = 1
    if (present(row)) number = row
    call check_index('row', number, 1, values%row_count)
  end function

  ! Returns the number of elements of a list, or the number of rows for a column.
  function tessera_value_count(configuration, parameter) result(count)
    type(tessera_grid_configuration), intent(in) :: configuration
    integer, intent(in) :: parameter
    integer(c_int64_t) :: count
    type(tessera_values), pointer :: values
    values => values_of(configuration, parameter)
    count = values%row_count
  end function

  ! Returns all values of a real parameter `parameter` (from 1): the elements of a list, or the rows of a column. They stay
  ! valid as long as the solver.
  function tessera_real_values(configuration, parameter) result(numbers)
    type(tessera_grid_configuration), intent(in) :: configuration
    integer, intent(in) :: parameter
    real(c_double), pointer :: numbers(:)
    type(tessera_values), pointer :: values
    values => values_of(configuration, parameter)
    numbers => no_reals
    if (values%row_count == 0) return
    if (.not. c_associated(values%reals)) call fail('a parameter whose real values are requested has another type')
    call c_f_pointer(values%reals, numbers, [values%row_count])
  end function

  ! As tessera_real_values, for an integer or boolean parameter.
  function tessera_integer_values(configuration, parameter) result(numbers)
    type(tessera_grid_configuration), intent(in) :: configuration
    integer, intent(in) :: parameter
    integer(c_int64_t), pointer :: numbers(:)
    type(tessera_values), pointer :: values
    values => values_of(configuration, parameter)
    numbers => no_integers
    if (values%row_count == 0) return
    if (.not. c_associated(values%integers)) &
      call fail('a parameter whose integer or boolean values are requested has another type')
    call c_f_pointer(values%integers, numbers, [values%row_count])
  end function

  ! Returns the series of parameter `parameter` (from 1). It stays valid as long as the solver.
  function tessera_series_value(configuration, parameter) result(series)
    type(tessera_grid_configuration), intent(in) :: configuration
    integer, intent(in) :: parameter
    type(tessera_time_series) :: series
    type(tessera_values), pointer :: values
    values => values_of(configuration, parameter)
    if (.not. c_associated(values%times)) call fail('a parameter whose series is requested has another type')
    call c_f_pointer(values%times, series%times, [values%row_count])
    call c_f_pointer(values%reals, series%values, [values%row_count])
  end function

  ! Returns the value of a series at `time`, in seconds; see tessera/series.h. Call it once per call of update, not once
  ! per cell.
  pure function tessera_series_at(series, time) result(number)
    type(tessera_time_series), intent(in) :: series
    real(c_double), intent(in) :: time
    real(c_double) :: number
    integer :: before, after, middle
    before = 1
    after = size(series%times) + 1
    number = series%values(1)
    if (.not. time >= series%times(1)) return
    do while (after - before > 1)
      middle = before + (after - before) / 2
      if (series%times(middle) <= time) then
        before = middle
      else
        after = middle
      end if
    end do
    number = series%values(before)
    if (after > size(series%times)) return
    number = series%values(before) + (time - series%times(before)) / (series%times(after) - series%times(before)) &
             * (series%values(after) - series%values(before))
  end function

  ! Returns the value of the real parameter `parameter` (from 1). For a list or a column, `row` (from 1) selects the value.
  function tessera_real_value(configuration, parameter, row) result(number)
    type(tessera_grid_configuration), intent(in) :: configuration
    integer, intent(in) :: parameter
    integer, intent(in), optional :: row
    real(c_double) :: number
    type(tessera_values), pointer :: values
    real(c_double), pointer :: numbers(:)
    integer :: wanted_row
    values => values_of(configuration, parameter)
    wanted_row = row_of(values, row)
    if (.not. c_associated(values%reals)) call fail('a parameter whose real value is requested has another type')
    call c_f_pointer(values%reals, numbers, [values%row_count])
    number = numbers(wanted_row)
  end function

  ! Returns the value of the integer or boolean parameter `parameter` (from 1). For a list or a column, `row` (from 1)
  ! selects the value.
  function tessera_integer_value(configuration, parameter, row) result(number)
    type(tessera_grid_configuration), intent(in) :: configuration
    integer, intent(in) :: parameter
    integer, intent(in), optional :: row
    integer(c_int64_t) :: number
    type(tessera_values), pointer :: values
    integer(c_int64_t), pointer :: numbers(:)
    integer :: wanted_row
    values => values_of(configuration, parameter)
    wanted_row = row_of(values, row)
    if (.not. c_associated(values%integers)) &
      call fail('a parameter whose integer or boolean value is requested has another type')
    call c_f_pointer(values%integers, numbers, [values%row_count])
    number = numbers(wanted_row)
  end function

  ! Returns the index in the domain, from 0, of the cell with the local index `cell` along `axis` (0: x, 1: y, 2: z). For
  ! ghost cells beyond the domain, it is negative or at least the number of cells.
  function tessera_domain_index(patch, axis, cell) result(index)
    type(tessera_patch), intent(in) :: patch
    integer, intent(in) :: axis
    integer, intent(in) :: cell
    integer(c_int64_t) :: index
    call check_index('axis', axis, 0, 2_c_int64_t)
    index = patch%offset(axis + 1) + cell
  end function

  ! Returns the coordinate of the centre of the cell with the local index `cell` along `axis` (0: x, 1: y, 2: z), in the
  ! unit of the job, or in degrees on a sphere.
  function tessera_centre(patch, axis, cell) result(coordinate)
    type(tessera_patch), intent(in) :: patch
    integer, intent(in) :: axis
    integer, intent(in) :: cell
    real(c_double) :: coordinate
    coordinate = coordinate_at(patch, axis, real(tessera_domain_index(patch, axis, cell), c_double) + 0.5_c_double)
  end function

  ! Returns the coordinate of the face between the cells `cell - 1` and `cell` along `axis` (0: x, 1: y, 2: z).
  function tessera_face(patch, axis, cell) result(coordinate)
    type(tessera_patch), intent(in) :: patch
    integer, intent(in) :: axis
    integer, intent(in) :: cell
    real(c_double) :: coordinate
    coordinate = coordinate_at(patch, axis, real(tessera_domain_index(patch, axis, cell), c_double))
  end function

  ! Returns the coordinate at a distance of `cells` cell widths from the lower end of the domain.
  function coordinate_at(patch, axis, cells) result(coordinate)
    type(tessera_patch), intent(in) :: patch
    integer, intent(in) :: axis
    real(c_double), intent(in) :: cells
    real(c_double) :: coordinate
    type(tessera_geometry), pointer :: geometry
    call c_f_pointer(patch%geometry, geometry)
    coordinate = geometry%lower(axis + 1) + cells * geometry%spacing(axis + 1)
  end function

  ! Returns the view for reading field `field` (from 0, as in C).
  function tessera_view_to_read(patch, field) result(view)
    type(tessera_patch), intent(in) :: patch
    integer, intent(in) :: field
    type(tessera_view) :: view
    type(tessera_view), pointer :: views(:)
    call check_index('field', field, 0, patch%field_count - 1_c_int64_t)
    call c_f_pointer(patch%reads, views, [patch%field_count])
    view = views(field + 1)
  end function

  ! Returns the view for writing field `field` (from 0, as in C).
  function tessera_view_to_write(patch, field) result(view)
    type(tessera_patch), intent(in) :: patch
    integer, intent(in) :: field
    type(tessera_view) :: view
    type(tessera_view), pointer :: views(:)
    call check_index('field', field, 0, patch%field_count - 1_c_int64_t)
    call c_f_pointer(patch%writes, views, [patch%field_count])
    view = views(field + 1)
  end function

  ! Checks the arguments of tessera_cells. `scalar`: the type of its array.
  subroutine check_view(view, component, scalar)
    type(tessera_view), intent(in) :: view
    integer, intent(in) :: component
    integer(c_int32_t), intent(in) :: scalar
    if (.not. c_associated(view%cells)) call fail('this call may not access the field of this view')
    if (view%scalar /= scalar) call fail('the field and the array for its cells differ in precision')
    call check_index('component', component, 0, view%components - 1_c_int64_t)
  end subroutine

  subroutine cells_real64(view, extent, component, cells)
    type(tessera_view), intent(in) :: view
    integer(c_int32_t), intent(in) :: extent(3)
    integer, intent(in) :: component ! from 0
    real(c_double), pointer, contiguous, intent(out) :: cells(:)
    real(c_double), pointer, contiguous :: all(:)
    integer(c_int64_t) :: first, last
    call check_view(view, component, tessera_float64)
    call bounds_of(view, extent, first, last)
    call c_f_pointer(shifted(view%cells, (first + component * view%stride(4)) * 8_c_int64_t), &
                     all, [last - first + 1])
    cells(first:) => all
  end subroutine

  subroutine cells_real32(view, extent, component, cells)
    type(tessera_view), intent(in) :: view
    integer(c_int32_t), intent(in) :: extent(3)
    integer, intent(in) :: component ! from 0
    real(c_float), pointer, contiguous, intent(out) :: cells(:)
    real(c_float), pointer, contiguous :: all(:)
    integer(c_int64_t) :: first, last
    call check_view(view, component, tessera_float32)
    call bounds_of(view, extent, first, last)
    call c_f_pointer(shifted(view%cells, (first + component * view%stride(4)) * 4_c_int64_t), &
                     all, [last - first + 1])
    cells(first:) => all
  end subroutine

  ! Computes the indices of the first and the last element of one component, ghost cells included. Cell (0, 0, 0) is
  ! element 0.
  pure subroutine bounds_of(view, extent, first, last)
    type(tessera_view), intent(in) :: view
    integer(c_int32_t), intent(in) :: extent(3)
    integer(c_int64_t), intent(out) :: first, last
    first = -sum(view%ghost * view%stride(1:3))
    last = sum((extent + view%ghost - 1) * view%stride(1:3))
  end subroutine

  pure function shifted(address, bytes) result(moved)
    type(c_ptr), intent(in) :: address
    integer(c_int64_t), intent(in) :: bytes
    type(c_ptr) :: moved
    moved = transfer(transfer(address, 0_c_intptr_t) + bytes, c_null_ptr)
  end function

end module
