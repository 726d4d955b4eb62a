! Calls the procedure of the module tessera_grid for the kind of index named by the first argument, with the number in
! the second. A test checks the message for a number that does not exist. The example has two parameters, a real value
! and a column of three integers, and one double-precision field with two components.
program fortran_indices
  use, intrinsic :: iso_c_binding
  use tessera_grid
  implicit none

  real(c_double), target :: reals(1) = [2.5_c_double]
  integer(c_int64_t), target :: integers(3) = [10, 20, 30]
  real(c_double), target :: stored_cells(8) = [1, 2, 3, 4, 5, 6, 7, 8]
  type(tessera_values), target :: values(2)
  type(tessera_view), target :: views(1)
  type(tessera_grid_configuration) :: configuration
  type(tessera_patch) :: patch
  type(tessera_geometry), target :: geometry
  type(tessera_view) :: view
  real(c_double), pointer, contiguous :: cells(:)
  real(c_float), pointer, contiguous :: single_cells(:)
  character(len=32) :: kind_of_index, text
  type(tessera_time_series) :: series
  integer(c_int64_t), pointer :: integer_list(:)
  integer :: number

  values(1) = tessera_values(1, c_loc(reals), c_null_ptr, c_null_ptr)
  values(2) = tessera_values(3, c_null_ptr, c_loc(integers), c_null_ptr)
  configuration%value_count = 2
  configuration%value_size = int(c_sizeof(values(1)), c_int32_t)
  configuration%values = c_loc(values)
  views(1) = tessera_view(c_loc(stored_cells), [1_c_int64_t, 0_c_int64_t, 0_c_int64_t, 4_c_int64_t], [0, 0, 0], &
                          tessera_float64, 2, 0)
  patch%field_count = 1
  patch%extent = [4, 1, 1]
  patch%offset = [10_c_int64_t, 20_c_int64_t, 0_c_int64_t]
  geometry%lower = [2.0_c_double, -1.0_c_double, 0.0_c_double]
  geometry%spacing = [0.25_c_double, 0.5_c_double, 1.0_c_double]
  patch%geometry = c_loc(geometry)
  patch%reads = c_loc(views)
  patch%writes = c_loc(views)

  call get_command_argument(1, kind_of_index)
  call get_command_argument(2, text)
  read (text, *) number
  select case (kind_of_index)
  case ("parameter")
    print '(f0.1)', tessera_real_value(configuration, number)
  case ("row")
    print '(i0)', tessera_integer_value(configuration, 2, number)
  case ("list")
    integer_list => tessera_integer_values(configuration, number)
    print '(i0, 1x, i0)', tessera_value_count(configuration, number), integer_list(2)
  case ("series")
    series = tessera_series_value(configuration, number)
  case ("input")
    view = tessera_view_to_read(patch, number)
    print '(i0)', view%components
  case ("output")
    view = tessera_view_to_write(patch, number)
    print '(i0)', view%components
  case ("component")
    call tessera_cells(views(1), patch%extent, number, cells)
    print '(f0.1)', cells(0)
  case ("axis")  ! of the cell with local index -1
    print '(i0, 2(1x, f0.3))', tessera_domain_index(patch, number, -1), tessera_centre(patch, number, -1), &
      tessera_face(patch, number, -1)
  case ("precision")
    call tessera_cells(views(1), patch%extent, number, single_cells)
  case ("access")
    views(1)%cells = c_null_ptr
    call tessera_cells(views(1), patch%extent, number, cells)
  end select
end program
