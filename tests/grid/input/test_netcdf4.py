"""Compares the values that are read from NetCDF files with those that netcdf4-python reads, with masks and scales.

The files combine formats, types, packing, markers of missing data, orders of the dimensions and times. If a file has
missing values, it must be rejected; if it has none, coordinates and values must be equal. Skipped without netCDF4.
"""

import itertools
import os
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    import netCDF4
    import numpy as np
except ImportError:
    print("skipped: netCDF4 for Python is not installed")
    sys.exit(77)

PRINT_GRID = os.environ["TESSERA_PRINT_GRID"]
BAD_DATA = 65

FORMATS = ("NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA", "NETCDF4", "NETCDF4_CLASSIC")
CLASSIC_TYPES = ("i1", "i2", "i4", "f4", "f8")
ALL_TYPES = (*CLASSIC_TYPES, "u1", "u2", "u4", "i8", "u8")
PACKINGS = ("none", "scale", "scale and offset", "unsigned")
MARKERS = ("none", "_FillValue", "missing_value", "missing_value as double", "missing_value as list", "valid_range",
           "valid_min", "never written")
ORDERS = (("lat", "lon"), ("lon", "lat"))
TIMES = ("none", "one", "three")
COORDINATES = ("f8", "f4", "packed")


def combinations(seed, count):
    """@return `count` random combinations, in which each format occurs with each type, packing, marker, order and time."""
    everything = [c for c in itertools.product(FORMATS, ALL_TYPES, PACKINGS, MARKERS, ORDERS, (True, False), TIMES,
                                               (True, False), COORDINATES) if is_possible(*c)]
    rng = random.Random(seed)
    rng.shuffle(everything)
    pairs, chosen = set(), []
    for c in everything:  # first those that add a pair of choices
        own = {(i, c[i], j, c[j]) for i in range(len(c)) for j in range(i)}
        if own - pairs and len(chosen) < count:
            pairs |= own
            chosen.append(c)
    return chosen + [c for c in everything if c not in chosen][: count - len(chosen)]


def is_possible(form, kind, packing, marker, order, north_up, time, gap, coordinates):
    if form in ("NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF4_CLASSIC") and kind not in CLASSIC_TYPES:
        return False
    if packing != "none" and kind[0] == "f":
        return False
    if packing == "unsigned" and kind[0] == "u":
        return False
    if marker == "never written" and (kind[1] == "1" or not gap or packing == "unsigned"):
        return False
    if marker == "none" and gap:
        return False
    return True


def write_axis(file, name, values, kind):
    file.createDimension(name, len(values))
    axis = file.createVariable(name, "i2" if kind == "packed" else kind, (name,))
    axis.set_auto_maskandscale(False)
    axis.units = "degrees_east" if name == "lon" else "degrees_north"
    if kind == "packed":
        axis.scale_factor, axis.add_offset = 0.1, 2.0
        axis[:] = np.round((values - 2.0) / 0.1).astype("i2")
    else:
        axis[:] = values


def write(path, form, kind, packing, marker, order, north_up, time, gap, coordinates):
    """Writes a file with the variable `v` on 5 longitudes and 4 latitudes."""
    file = netCDF4.Dataset(path, "w", format=form)
    axes = {"lon": np.array([10.0, 10.5, 11.0, 11.5, 12.0]), "lat": np.array([-1.0, -0.5, 0.0, 0.5])}
    if not north_up:
        axes["lat"] = axes["lat"][::-1]
    for name in order:
        write_axis(file, name, axes[name], coordinates)
    dimensions = order
    shape = tuple(len(axes[name]) for name in order)
    if time != "none":
        count = 1 if time == "one" else 3
        file.createDimension("time", None if time == "three" else count)
        dimensions, shape = ("time", *order), (count, *shape)
        times = file.createVariable("time", "f8", ("time",))
        times.units = "hours since 2004-12-26 00:00:00"
        times[:] = 6.0 * np.arange(count)
    bad = {"i1": -99, "u1": 99}.get(kind, -999 if kind[0] != "u" else 9999)
    typed = np.dtype(kind).type(bad + (0.9 if kind == "f4" else 0.0))
    variable = file.createVariable("v", kind, dimensions, fill_value=typed if marker == "_FillValue" else None)
    variable.set_auto_maskandscale(False)
    if marker == "missing_value":
        variable.missing_value = typed
    elif marker == "missing_value as double":
        variable.missing_value = float(bad + (0.9 if kind == "f4" else 0.0))
    elif marker == "missing_value as list":
        variable.missing_value = np.array([typed, np.dtype(kind).type(98)], kind)
    elif marker == "valid_range":
        variable.valid_range = np.array([0, 90], kind)
    elif marker == "valid_min":
        variable.valid_min = np.dtype(kind).type(0)
    if packing.startswith("scale"):
        variable.scale_factor = 0.25
    if packing == "scale and offset":
        variable.add_offset = -5.5
    if packing == "unsigned":
        variable._Unsigned = "true"
    values = (np.arange(np.prod(shape)) % 61).astype(kind).reshape(shape)
    if marker == "never written":
        values = np.ma.masked_array(values, False)
        fill = netCDF4.default_fillvals[kind]
        values = values.filled(0)
        values.reshape(-1)[-3] = np.dtype(kind).type(fill)
    elif gap:
        values.reshape(-1)[-3] = 95 if marker == "valid_range" and kind[0] == "u" else typed
        if marker == "valid_min" and kind[0] == "u":
            values.reshape(-1)[-3] = typed
    if packing == "unsigned" and marker in ("none", "_FillValue"):
        values.reshape(-1)[1] = -3
    variable[:] = values
    file.close()


def expected(path, order, time):
    """@return coordinates and values, latitude first and ascending, as netcdf4-python reads them."""
    with netCDF4.Dataset(path) as file:
        values = file.variables["v"][:]
        if time != "none":
            values = values[0 if time == "one" else 1]
        values = np.ma.masked_invalid(values.astype(float))
        if order == ("lon", "lat"):
            values = values.T
        lon, lat = np.asarray(file.variables["lon"][:]), np.asarray(file.variables["lat"][:])
    if lat[1] < lat[0]:
        lat, values = lat[::-1], values[::-1]
    return lon, lat, values


def read(path, time):
    command = [PRINT_GRID, str(path), "v", "2"] + (["2004-12-26T06:00"] if time == "three" else [])
    return subprocess.run(command, capture_output=True, timeout=300, check=False)


def compare(path, combination):
    """@return whether the file was read or rejected. @raise AssertionError: if it was read wrongly."""
    order, time = combination[4], combination[6]
    write(path, *combination)
    lon, lat, values = expected(path, order, time)
    result = read(path, time)
    message = result.stderr.decode()
    if np.ma.is_masked(values):
        assert result.returncode == BAD_DATA, f"{combination}: missing values were read: exit code {result.returncode}"
        assert "missing value" in message, f"{combination}: {message}"
        return "rejected"
    assert result.returncode == 0, f"{combination}: exit code {result.returncode}: {message}"
    numbers = np.frombuffer(result.stdout)
    wanted = np.concatenate([[2.0], [len(lon)], lon, [len(lat)], lat, np.asarray(values).reshape(-1)])
    assert numbers.shape == wanted.shape and (numbers == wanted).all(), f"{combination}: {numbers} instead of {wanted}"
    return "read"


def main():
    counts = {"read": 0, "rejected": 0}
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        for n, combination in enumerate(combinations(seed=1, count=240)):
            try:
                counts[compare(pathlib.Path(folder) / f"{n}.nc", combination)] += 1
            except AssertionError as problem:
                problems.append(str(problem))
    print("\n".join(problems))
    print(f"{counts['read']} files read, {counts['rejected']} rejected, {len(problems)} wrong")
    return 1 if problems or counts["read"] < 60 or counts["rejected"] < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
