"""Compares the values that are read from GeoTIFF files with those that GDAL's Python module reads.

The files combine types, compressions, layouts, byte orders, markers of missing data, scales, orientations and the meaning
of pixels (areas or points). Files that must be rejected follow. Skipped without GDAL for Python.
"""

import itertools
import os
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from osgeo import gdal, osr
except ImportError:
    print("skipped: GDAL for Python is not installed")
    sys.exit(77)

gdal.UseExceptions()
PRINT_GRID = os.environ["TESSERA_PRINT_GRID"]
BAD_DATA = 65
COLUMNS, ROWS = 37, 21

TYPES = (gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Int16, gdal.GDT_UInt32, gdal.GDT_Int32, gdal.GDT_Float32, gdal.GDT_Float64)
COMPRESSIONS = ((), ("COMPRESS=DEFLATE", "PREDICTOR=2"), ("COMPRESS=LZW",), ("COMPRESS=PACKBITS",), ("COMPRESS=ZSTD",))
LAYOUTS = ((), ("TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"), ("BLOCKYSIZE=5",))
CONTAINERS = ((), ("BIGTIFF=YES",), ("ENDIANNESS=BIG",))
MISSING = ("none", "unused", "used")
SCALES = (None, (0.25, -5.5))
POINTS = (False, True)
NORTH_UP = (True, False)


def combinations(seed, count):
    everything = list(itertools.product(TYPES, COMPRESSIONS, LAYOUTS, CONTAINERS, MISSING, SCALES, POINTS, NORTH_UP))
    return random.Random(seed).sample(everything, count)


def create(path, kind=gdal.GDT_Float32, options=(), bands=1, epsg=4326, transform=(10.0, 0.5, 0.0, 20.0, 0.0, -0.25)):
    file = gdal.GetDriverByName("GTiff").Create(str(path), COLUMNS, ROWS, bands, kind, list(options))
    if transform:
        file.SetGeoTransform(transform)
    if epsg:
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(epsg)
        file.SetProjection(reference.ExportToWkt())
    return file


def values_of(kind):
    values = (np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS) * 7) % 201
    return values / 8.0 if kind in (gdal.GDT_Float32, gdal.GDT_Float64) else values


def write(path, kind, compression, layout, container, missing, scale, point, north_up):
    if compression and compression[-1] == "PREDICTOR=2" and kind == gdal.GDT_Float64:
        compression = compression[:1]
    transform = (10.0, 0.5, 0.0, 20.0, 0.0, -0.25) if north_up else (10.0, 0.5, 0.0, 20.0, 0.0, 0.25)
    file = create(path, kind, (*compression, *layout, *container), transform=transform)
    if point:
        file.SetMetadataItem("AREA_OR_POINT", "Point")
    band = file.GetRasterBand(1)
    values = values_of(kind)
    if missing != "none":
        marker = -3.4028234663852886e38 if kind == gdal.GDT_Float32 else 250
        band.SetNoDataValue(marker)
        if missing == "used":
            values = values.astype(np.float64)
            values[3, 5] = marker
    if scale:
        band.SetScale(scale[0])
        band.SetOffset(scale[1])
    band.WriteArray(values)


def expected(path):
    """@return coordinates of the centres and values, from south to north, as GDAL reads them."""
    file = gdal.Open(str(path))
    x0, dx, _, y0, _, dy = file.GetGeoTransform()
    x = [x0 + (i + 0.5) * dx for i in range(COLUMNS)]
    y = [y0 + (j + 0.5) * dy for j in range(ROWS)]
    band = file.GetRasterBand(1)
    stored = band.ReadAsArray()
    missing = np.zeros(stored.shape, bool)
    if band.GetNoDataValue() is not None:
        missing = stored == np.array(band.GetNoDataValue()).astype(stored.dtype)
    values = stored.astype(float) * (band.GetScale() or 1.0) + (band.GetOffset() or 0.0)
    if dy < 0:
        y, values, missing = y[::-1], values[::-1], missing[::-1]
    return x, y, np.ma.masked_array(values, missing)


def read(path, *arguments):
    return subprocess.run([PRINT_GRID, str(path), "", "2", *arguments], capture_output=True, timeout=300, check=False)


def compare(path, combination):
    """@return whether the file was read or rejected. @raise AssertionError: if it was read wrongly."""
    write(path, *combination)
    x, y, values = expected(path)
    result = read(path)
    message = result.stderr.decode()
    if np.ma.is_masked(values):
        assert result.returncode == BAD_DATA and "missing value" in message, f"{combination}: {message}"
        return "rejected"
    assert result.returncode == 0, f"{combination}: exit code {result.returncode}: {message}"
    numbers = np.frombuffer(result.stdout)
    wanted = np.concatenate([[2.0], [COLUMNS], x, [ROWS], y, np.asarray(values).reshape(-1)])
    assert numbers.shape == wanted.shape and (numbers == wanted).all(), f"{combination}: {numbers} instead of {wanted}"
    return "read"


def truncate(path):
    filled()(path)
    path.write_bytes(path.read_bytes()[:-700])


def sparse(path):
    file = create(path, options=("TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16", "SPARSE_OK=TRUE"))
    file.GetRasterBand(1).WriteArray(np.ones((5, 5)), 0, 0)


def masked(path):
    file = create(path)
    file.GetRasterBand(1).WriteArray(values_of(gdal.GDT_Float32))
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
    file.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = np.full((ROWS, COLUMNS), 255)
    mask[2, 2] = 0
    file.GetRasterBand(1).GetMaskBand().WriteArray(mask)


def filled(**arguments):
    def write_file(path):
        file = create(path, **arguments)
        for band in range(file.RasterCount):
            file.GetRasterBand(band + 1).WriteArray(values_of(gdal.GDT_Float32))
    return write_file


# What is written, the arguments of print_grid, and a part of the message.
REJECTED = (
    ("truncated", truncate, (), "truncated or damaged"),
    ("sparse", sparse, (), "lacks the block at row 0, column 16, which was never written"),
    ("masked", masked, (), "has a mask or an alpha channel"),
    ("complex", filled(kind=gdal.GDT_CFloat32), (), "contains complex numbers"),
    ("two-bands", filled(bands=2), (), "set dataset = \"NAME\"; the file contains `Band1`, `Band2`"),
    ("no-coordinates", filled(transform=None, epsg=None), (), "has no coordinates"),
    ("rotated", filled(transform=(10.0, 0.5, 0.1, 20.0, 0.1, -0.25)), (), "is on a rotated grid"),
    ("utm", filled(epsg=32648, transform=(500000.0, 90.0, 0.0, 8000.0, 0.0, -90.0)), ("", "longitudes"),
     "is on a projected grid (`transverse_mercator`)"),
    ("feet", filled(epsg=2225, transform=(500000.0, 90.0, 0.0, 8000.0, 0.0, -90.0)), (), "are in feet"),
)


def check_rejected(folder, name, write_file, arguments, fragment):
    path = folder / f"{name}.tif"
    write_file(path)
    result = read(path, *arguments)
    message = result.stderr.decode()
    assert result.returncode == BAD_DATA, f"{name}: exit code {result.returncode}: {message}"
    assert fragment in message, f"{name}: {message}"


def check_accepted(folder):
    """A projected grid suits a domain in metres, and a grid in degrees one in degrees."""
    filled(epsg=32648, transform=(500000.0, 90.0, 0.0, 8000.0, 0.0, -90.0))(folder / "utm.tif")
    assert read(folder / "utm.tif").returncode == 0
    filled()(folder / "degrees.tif")
    result = read(folder / "degrees.tif", "", "longitudes")
    assert result.returncode == 0, result.stderr


def check_damaged(folder):
    """Whatever bytes are flipped: no crash, no hang."""
    rng = random.Random(3)
    filled(options=("COMPRESS=DEFLATE",))(folder / "intact.tif")
    intact = (folder / "intact.tif").read_bytes()
    for n in range(30):
        damaged = bytearray(intact)
        for _ in range(1 + n % 3):
            damaged[rng.randrange(4, len(damaged))] ^= 1 << rng.randrange(8)
        (folder / "damaged.tif").write_bytes(damaged)
        result = read(folder / "damaged.tif")
        assert result.returncode in (0, BAD_DATA, 71), f"flip {n}: exit code {result.returncode}: {result.stderr.decode()}"


def main():
    counts = {"read": 0, "rejected": 0}
    problems = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for n, combination in enumerate(combinations(seed=1, count=80)):
            try:
                counts[compare(folder / f"{n}.tif", combination)] += 1
            except AssertionError as problem:
                problems.append(str(problem))
        for check in (*((check_rejected, *case) for case in REJECTED), (check_accepted,), (check_damaged,)):
            try:
                check[0](folder, *check[1:])
            except AssertionError as problem:
                problems.append(str(problem))
    print("\n".join(problems))
    print(f"{counts['read']} files read, {counts['rejected']} rejected, {len(problems)} wrong")
    return 1 if problems or counts["read"] < 40 or counts["rejected"] < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
