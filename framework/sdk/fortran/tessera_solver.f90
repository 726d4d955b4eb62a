! The C interface of tessera/solver.h for solvers written in Fortran 2008: the same tables as bind(C)
! types, and a few procedures that save their authors from C strings and address arithmetic.
!
! Add this file to the sources of the plugin. Export a function
!   function entry() bind(c, name="tessera_solver_entry") result(descriptor)
!     type(c_ptr) :: descriptor
! that fills a tessera_solver_descriptor with attributes save and target and returns its c_loc. All texts
! and tables that it refers to need the same attributes, for the framework keeps their addresses.
! tests/plugins/advection_f.f90 is a whole solver.
module tessera_solver
  use, intrinsic :: iso_c_binding
  implicit none
  private :: shifted

  integer(c_int32_t), parameter :: tessera_abi_version = 1
  integer, parameter :: tessera_message_size = 1024

  ! tessera_status
  integer(c_int), parameter :: tessera_ok = 0, tessera_failed = 1
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
                                   tessera_maximum_open = 16
  ! tessera_reduction
  integer(c_int32_t), parameter :: tessera_sum = 0, tessera_min = 1, tessera_max = 2, &
                                   tessera_l1 = 3, tessera_l2 = 4
  ! tessera_schema_flags
  integer(c_int32_t), parameter :: tessera_local_dt = 1, tessera_has_dt = 2, tessera_has_derive = 4, &
                                   tessera_has_boundary = 8, &
                                   tessera_one_step = 16
  ! tessera_geometry_kind
  integer(c_int32_t), parameter :: tessera_cartesian = 0, tessera_spherical = 1

  type, bind(c) :: tessera_message
    character(kind=c_char) :: text(tessera_message_size)
  end type

  type, bind(c) :: tessera_parameter
    type(c_ptr) :: name = c_null_ptr
    type(c_ptr) :: table = c_null_ptr
    type(c_ptr) :: unit = c_null_ptr
    type(c_ptr) :: help = c_null_ptr
    integer(c_int32_t) :: kind_of_value = tessera_real
    integer(c_int32_t) :: flags = 0
    real(c_double) :: default_number = 0
    real(c_double) :: minimum = 0
    real(c_double) :: maximum = 0
    type(c_ptr) :: default_text = c_null_ptr
    type(c_ptr) :: choices = c_null_ptr
    integer(c_int32_t) :: choice_count = 0
  end type

  type, bind(c) :: tessera_field
    type(c_ptr) :: name = c_null_ptr
    type(c_ptr) :: unit = c_null_ptr
    type(c_ptr) :: help = c_null_ptr
    integer(c_int32_t) :: kind_of_field = tessera_state
    integer(c_int32_t) :: scalar = tessera_float64
    integer(c_int32_t) :: components = 1
    type(c_ptr) :: odd_axes = c_null_ptr
    integer(c_int32_t) :: has_default = 0
    real(c_double) :: default_value = 0
  end type

  ! Field numbers count from 0, as in C.
  type, bind(c) :: tessera_access
    integer(c_int32_t) :: field = 0
    integer(c_int32_t) :: radius = 0
  end type

  type, bind(c) :: tessera_stage
    type(c_ptr) :: name = c_null_ptr
    type(c_ptr) :: reads = c_null_ptr
    integer(c_int32_t) :: read_count = 0
    type(c_ptr) :: writes = c_null_ptr
    integer(c_int32_t) :: write_count = 0
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
    integer(c_int32_t) :: struct_size = 0
    integer(c_int32_t) :: flags = 0
    integer(c_int32_t) :: dimensions = 7
    integer(c_int32_t) :: geometries = 1
    real(c_double) :: default_cfl = 0.9_c_double
    type(c_ptr) :: parameters = c_null_ptr
    integer(c_int32_t) :: parameter_count = 0
    type(c_ptr) :: fields = c_null_ptr
    integer(c_int32_t) :: field_count = 0
    type(c_ptr) :: stages = c_null_ptr
    integer(c_int32_t) :: stage_count = 0
    type(c_ptr) :: diagnostics = c_null_ptr
    integer(c_int32_t) :: diagnostic_count = 0
  end type

  type, bind(c) :: tessera_geometry
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
  end type

  type, bind(c) :: tessera_patch
    type(c_ptr) :: geometry
    integer(c_int64_t) :: offset(3)
    integer(c_int32_t) :: extent(3)
    integer(c_int32_t) :: field_count
    type(c_ptr) :: reads
    type(c_ptr) :: writes
  end type

  ! Local indices from 0, upper end exclusive.
  type, bind(c) :: tessera_region
    integer(c_int32_t) :: lower(3)
    integer(c_int32_t) :: upper(3)
  end type

  type, bind(c) :: tessera_values
    integer(c_int64_t) :: row_count
    type(c_ptr) :: numbers
    type(c_ptr) :: texts
  end type

  type, bind(c) :: tessera_configuration
    integer(c_int32_t) :: struct_size
    type(c_ptr) :: geometry
    type(c_ptr) :: values
    integer(c_int32_t) :: value_count
    type(c_ptr) :: field_given
  end type

  type, bind(c) :: tessera_solver_descriptor
    integer(c_int32_t) :: abi_version = tessera_abi_version
    integer(c_int32_t) :: struct_size = 0
    type(c_ptr) :: name = c_null_ptr
    type(c_ptr) :: version = c_null_ptr
    type(c_ptr) :: summary = c_null_ptr
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

  ! A view as an array: cell (i, j, k) of the component is element i + j*stride(2) + k*stride(3), with
  ! i, j, k from 0 for owned cells. Along an axis beyond the domain's dimensions the stride is 0, so that
  ! a neighbour there is the cell itself.
  interface tessera_cells
    module procedure cells_real64, cells_real32
  end interface

contains

  ! Writes a sentence for the user into the message of a call that fails, and returns tessera_failed.
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

  ! Number `row` (from 1) of parameter `parameter` (from 1) of a configuration.
  function tessera_number(configuration, parameter, row) result(number)
    type(tessera_configuration), intent(in) :: configuration
    integer, intent(in) :: parameter
    integer, intent(in), optional :: row
    real(c_double) :: number
    type(tessera_values), pointer :: values(:)
    real(c_double), pointer :: numbers(:)
    call c_f_pointer(configuration%values, values, [configuration%value_count])
    call c_f_pointer(values(parameter)%numbers, numbers, [values(parameter)%row_count])
    if (present(row)) then
      number = numbers(row)
    else
      number = numbers(1)
    end if
  end function

  ! The view of field `field` (from 0, as in C) that a stage reads.
  function tessera_read(patch, field) result(view)
    type(tessera_patch), intent(in) :: patch
    integer, intent(in) :: field
    type(tessera_view) :: view
    type(tessera_view), pointer :: views(:)
    call c_f_pointer(patch%reads, views, [patch%field_count])
    view = views(field + 1)
  end function

  ! The view of field `field` (from 0, as in C) that a stage writes.
  function tessera_write(patch, field) result(view)
    type(tessera_patch), intent(in) :: patch
    integer, intent(in) :: field
    type(tessera_view) :: view
    type(tessera_view), pointer :: views(:)
    call c_f_pointer(patch%writes, views, [patch%field_count])
    view = views(field + 1)
  end function

  subroutine cells_real64(view, extent, component, cells)
    type(tessera_view), intent(in) :: view
    integer(c_int32_t), intent(in) :: extent(3)
    integer, intent(in) :: component ! from 0
    real(c_double), pointer, contiguous, intent(out) :: cells(:)
    real(c_double), pointer, contiguous :: all(:)
    integer(c_int64_t) :: first, last
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
    call bounds_of(view, extent, first, last)
    call c_f_pointer(shifted(view%cells, (first + component * view%stride(4)) * 4_c_int64_t), &
                     all, [last - first + 1])
    cells(first:) => all
  end subroutine

  ! First and last element of one component, ghost cells included, counted from cell (0, 0, 0).
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
