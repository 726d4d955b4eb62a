"""Maps of statistics: GeoTIFF files, and KML files with images.

The files are parsed here, by their specifications. The class Gdal compares them with what GDAL (gdal-bin) reads.
"""

import json
import pathlib
import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

BAD_JOB, DIFFERENT = 78, 1
CELLS, LOWER, UPPER = (12, 10), (170.0, -5.0), (190.0, 5.0)

# The statistics depend on the position alone.
SPHERE = """
[job]
name = "a <map> & ä"
solver = "shallow_water"
[domain]
geometry = "spherical"
cells = [12, 10]
chunk = [6, 5]
lower = [170.0, -5.0]
upper = [190.0, 5.0]
[initial]
bed = "-4000 + x + 10*y"
surface = 0
[time]
end = "90 s"
[output]
every = "90 s"
formats = ["geotiff", "kml"]
[[output.images]]
field = "masked"
mask = { field = "bed", above = -3800 }
colormap = "gray"
range = [-4000, 4000]
"""

STATISTICS = """
[[output.statistic]]
name = "place"
of = "x + 1000*y"
statistic = "max"
[[output.statistic]]
name = "northeast"
of = "x > 188 && y > 4 ? 1 : 0"
statistic = "max"
[[output.statistic]]
name = "arrival"
of = "x"
statistic = "first_above"
above = 181
[[output.statistic]]
name = "masked"
of = "1000*y"
statistic = "min"
[[output.statistic]]
of = "bed"
statistic = "mean"
"""

PLANE = """
[job]
name = "plane"
solver = "heat"
[domain]
cells = [6, 4]
lower = [-3.0, 10.0]
upper = [3.0, 12.0]
[initial]
temperature = "x + 100*y"
[time]
dt = 0.001
max_steps = 2
[output]
formats = ["geotiff"]
[[output.statistic]]
name = "place"
of = "x + 100*y"
statistic = "max"
"""

MOVED = (SPHERE + STATISTICS).replace("170.0", "550.0").replace("190.0", "570.0")
KML = "{http://www.opengis.net/kml/2.2}"
VIRIDIS_LOW, VIRIDIS_HIGH = (0x44, 0x01, 0x54, 255), (0xfd, 0xe7, 0x25, 255)
TRANSPARENT = (0, 0, 0, 0)


def centres(axis, lower=LOWER, upper=UPPER, cells=CELLS):
    spacing = (upper[axis] - lower[axis]) / cells[axis]
    return [lower[axis] + (n + 0.5) * spacing for n in range(cells[axis])]


def rows_of(function, **domain):
    """@return the values of function(x, y) in rows from north to south; None stands for no value."""
    return [[function(x, y) for x in centres(0, **domain)] for y in reversed(centres(1, **domain))]


def read_tiff(path):
    """@return the tags of a little-endian TIFF file, and its rows of 64-bit numbers; None stands for NaN."""
    data = path.read_bytes()
    assert data[:4] == b"II*\0", path
    at = struct.unpack_from("<I", data, 4)[0]
    tags = {}
    formats = {2: "c", 3: "H", 4: "I", 12: "d"}
    for n in range(struct.unpack_from("<H", data, at)[0]):
        tag, kind, count = struct.unpack_from("<HHI", data, at + 2 + 12 * n)
        values = struct.Struct(f"<{count}{formats[kind]}")
        position = at + 10 + 12 * n
        if values.size > 4:
            position = struct.unpack_from("<I", data, position)[0]
            assert position % 2 == 0, tag
        assert not tags or tag > max(tags), "the tags are sorted"
        tags[tag] = values.unpack_from(data, position)
        if kind == 2:
            text = b"".join(tags[tag])
            assert text.endswith(b"\0"), text
            tags[tag] = text[:-1].decode()
    columns, rows = tags[256][0], tags[257][0]
    stored = b"".join(data[begin:begin + size] for begin, size in zip(tags[273], tags[279]))
    assert len(stored) == 8 * columns * rows and tags[273][-1] + tags[279][-1] == len(data)
    values = [None if v != v else v for v in struct.unpack(f"<{columns * rows}d", stored)]
    return tags, [values[columns * row:columns * (row + 1)] for row in range(rows)]


def read_png(path):
    """@return the rows of pixels (r, g, b, a), or (r, g, b), from top to bottom."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    width, height, bits, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    assert bits == 8 and colour in (2, 6) and interlaced == 0, path
    channels = 4 if colour == 6 else 3
    at, packed = 8, b""
    while at < len(data):
        size, = struct.unpack_from(">I", data, at)
        if data[at + 4:at + 8] == b"IDAT":
            packed += data[at + 8:at + 8 + size]
        at += size + 12
    stored = zlib.decompress(packed)
    stride = width * channels
    previous, rows = bytearray(stride), []
    for y in range(height):
        kind, line = stored[y * (stride + 1)], bytearray(stored[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for n in range(stride):
            left = line[n - channels] if n >= channels else 0
            corner = previous[n - channels] if n >= channels else 0
            up = previous[n]
            if kind == 4:  # Paeth
                estimate = left + up - corner
                best = min((left, up, corner), key=lambda value: abs(estimate - value))
                line[n] = (line[n] + best) % 256
            else:
                line[n] = (line[n] + (0, left, up, (left + up) // 2)[kind]) % 256
        rows.append([tuple(line[n:n + channels]) for n in range(0, stride, channels)])
        previous = line
    return rows


class MapCase(cli.Case):
    def maps(self, text=SPHERE + STATISTICS, name="run", *settings, **options):
        """Runs a job. @return the folder of its maps."""
        folder, _ = self.run_job(self.write("job.toml", text), "--quiet", *settings, name=name, **options)
        return folder / "maps"

    def newest(self, folder, name, extension):
        return max(folder.glob(f"{name}_*{extension}"))

    def assert_rows(self, rows, function, **domain):
        self.assertEqual(rows, rows_of(function, **domain))


class GeoTiff(MapCase):
    def test_values_are_exact_and_north_is_up(self):
        folder = self.maps()
        tags, rows = read_tiff(self.newest(folder, "place", ".tif"))
        self.assert_rows(rows, lambda x, y: x + 1000 * y)
        self.assertEqual(tags[33550], ((190.0 - 170.0) / 12, 1.0, 0.0))
        self.assertEqual(tags[33922], (0.0, 0.0, 0.0, 170.0, 5.0, 0.0))
        self.assertEqual(tags[34735], (1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326))
        self.assertEqual([tags[n] for n in (258, 259, 277, 284, 339)], [(64,), (1,), (1,), (1,), (3,)])
        self.assertEqual(tags[42113], "nan")
        self.assertIn("a <map> & ä · place: max of the formula x + 1000*y; t = 1 min 30 s, step ", tags[270])
        version = self.tessera("--version").out.split()[1]
        self.assertTrue(tags[305].startswith("shallow_water ") and tags[305].endswith(f", Tessera {version}"), tags[305])
        self.assertNotIn("UNITTYPE", tags[42112])
        _, rows = read_tiff(self.newest(folder, "northeast", ".tif"))
        self.assert_rows(rows, lambda x, y: float(x > 188 and y > 4))
        self.assertEqual((rows[0][-1], rows[0][0], rows[-1][-1], rows[-1][0]), (1.0, 0.0, 0.0, 0.0))

    def test_cells_without_a_value_are_missing(self):
        folder = self.maps()
        tags, rows = read_tiff(self.newest(folder, "arrival", ".tif"))
        self.assert_rows(rows, lambda x, y: 0.0 if x > 181 else None)
        metadata = xml.etree.ElementTree.fromstring(tags[42112])
        self.assertEqual({item.get("role"): item.text for item in metadata}, {"description": "arrival", "unittype": "s"})
        # The image of this statistic shows a part as land.
        _, rows = read_tiff(self.newest(folder, "masked", ".tif"))
        self.assert_rows(rows, lambda x, y: None if -4000 + x + 10 * y > -3800 else 1000 * y)

    def test_longitudes_are_shifted(self):
        folder = self.maps(MOVED)
        tags, rows = read_tiff(self.newest(folder, "place", ".tif"))
        self.assertEqual(tags[33922], (0.0, 0.0, 0.0, -170.0, 5.0, 0.0))
        domain = {"lower": (550.0, -5.0), "upper": (570.0, 5.0)}
        self.assert_rows(rows, lambda x, y: x + 1000 * y, **domain)

    def test_a_plane_has_no_reference_system(self):
        folder = self.maps(PLANE)
        tags, rows = read_tiff(self.newest(folder, "place", ".tif"))
        self.assertEqual((tags[33550], tags[33922]), ((1.0, 0.5, 0.0), (0.0, 0.0, 0.0, -3.0, 12.0, 0.0)))
        self.assertNotIn(34735, tags)
        self.assert_rows(rows, lambda x, y: x + 100 * y, lower=(-3.0, 10.0), upper=(3.0, 12.0), cells=(6, 4))
        self.assertEqual(sorted(p.name for p in folder.iterdir()), ["place_00000002.tif"])

    def test_many_cells_are_in_several_strips(self):
        folder = self.maps(PLANE, "large", "domain.cells=[300, 100]", "time.dt=1e-6")
        tags, rows = read_tiff(self.newest(folder, "place", ".tif"))
        self.assertEqual((len(tags[273]), tags[278]), (4, (27,)))
        self.assert_rows(rows, lambda x, y: x + 100 * y, lower=(-3.0, 10.0), upper=(3.0, 12.0), cells=(300, 100))


class Kml(MapCase):
    def read(self, path):
        """@return the document, the box, and the image and the legend, whose files exist."""
        root = xml.etree.ElementTree.parse(path).getroot()
        self.assertEqual(root.tag, KML + "kml")
        box = {e.tag.removeprefix(KML): float(e.text) for e in root.find(f".//{KML}LatLonBox")}
        images = [path.parent / e.text for e in root.findall(f".//{KML}href")]
        self.assertEqual(len(images), 2)
        return root.find(KML + "Document"), box, *images

    def test_the_overlay_has_its_place_and_its_texts(self):
        document, box, image, legend = self.read(self.newest(self.maps(), "arrival", ".kml"))
        self.assertEqual(box, {"north": 5.0, "south": -5.0, "east": 190.0, "west": 170.0})
        self.assertIsNone(document.find(KML + "Region"))
        self.assertEqual(document.findtext(KML + "name"), "a <map> & ä · arrival")
        self.assertIn("first_above of the formula x above 181; t = 1 min 30 s", document.findtext(KML + "description"))
        self.assertEqual(document.findtext(f"{KML}GroundOverlay/{KML}name"), "arrival, s")
        self.assertEqual(image.stem.replace("_", "-legend_"), legend.stem)
        pixels = read_png(legend)
        self.assertEqual(pixels[0][0], (255, 255, 255))
        colours = {pixel for row in pixels for pixel in row}
        for end in (VIRIDIS_LOW, VIRIDIS_HIGH):  # up to a pixel of the colour bar
            self.assertLessEqual(min(max(abs(a - b) for a, b in zip(colour, end)) for colour in colours), 5)

    def test_longitudes_are_shifted(self):
        document, box, *_ = self.read(self.newest(self.maps(MOVED), "place", ".kml"))
        self.assertEqual(box, {"north": 5.0, "south": -5.0, "east": -150.0, "west": -170.0})
        region = document.find(f"{KML}Region/{KML}LatLonAltBox")
        self.assertEqual({e.tag.removeprefix(KML): float(e.text) for e in region}, box)

    def check_image(self, name, folder, colour_of):
        """Compares the centre of each cell in an image with colour_of(x, y)."""
        *_, image, _ = self.read(self.newest(folder, name, ".kml"))
        pixels = read_png(image)
        side = len(pixels[0]) // CELLS[0]
        self.assertEqual((len(pixels[0]), len(pixels)), (side * CELLS[0], side * CELLS[1]))
        self.assertEqual(side, 1024 // CELLS[0])
        # An image without transparent pixels has no alpha channel.
        found = [[(*pixels[side * j + side // 2][side * i + side // 2], 255)[:4] for i in range(CELLS[0])]
                 for j in range(CELLS[1])]
        self.assert_rows(found, colour_of)
        for corner in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
            self.assertEqual((*pixels[corner[0]][corner[1]], 255)[:4], found[corner[0]][corner[1]])

    def test_north_is_up_and_east_is_on_the_right(self):
        self.check_image("northeast", self.maps(), lambda x, y: VIRIDIS_HIGH if x > 188 and y > 4 else VIRIDIS_LOW)

    def test_cells_without_a_value_are_transparent(self):
        folder = self.maps()
        *_, image, _ = self.read(self.newest(folder, "arrival", ".kml"))
        self.assertEqual({p[3] for row in read_png(image) for p in row}, {0, 255})

        def gray(x, y):
            if -4000 + x + 10 * y > -3800:
                return TRANSPARENT
            return (int(255 * min(max((1000 * y + 4000) / 8000, 0), 1) + 0.5),) * 3 + (255,)
        *_, image, _ = self.read(self.newest(folder, "masked", ".kml"))
        side = 1024 // CELLS[0]
        pixels = read_png(image)
        wanted = rows_of(gray)
        for j in range(CELLS[1]):
            for i in range(CELLS[0]):
                found = pixels[side * j + side // 2][side * i + side // 2]
                self.assertEqual(found[3], wanted[j][i][3], (i, j))
                self.assertLessEqual(max(abs(a - b) for a, b in zip(found, wanted[j][i])), 1, (i, j, found, wanted[j][i]))


class Runs(MapCase):
    def test_the_files_do_not_depend_on_the_number_of_ranks(self):
        reference = {p.name: p.read_bytes() for p in self.maps(SPHERE + STATISTICS, "one").iterdir()}
        self.assertEqual(len(reference), 2 * 5 * 4)  # at the start and at the end
        for ranks in (2, 3):
            folder = self.maps(SPHERE + STATISTICS, f"run{ranks}", ranks=ranks)
            self.assertEqual({p.name: p.read_bytes() == reference.get(p.name) for p in folder.iterdir()},
                             dict.fromkeys(reference, True))

    def test_a_killed_run_leaves_the_same_files(self):
        job = self.write("job.toml", SPHERE.replace('every = "90 s"', 'every = "1 steps"') + STATISTICS +
                         '[checkpoint]\nevery = "1 steps"\n')
        settings = ("time.max_steps=4", "time.end=1e9")
        whole, _ = self.run_job(job, "--quiet", *settings, name="whole")
        killed = self.folder / "killed"
        result = self.tessera("run", job, "--run-dir", killed, "--inject", "kill step=3", *settings)
        self.assertEqual(result.code, -9, str(result))
        (killed / "maps/place_00000009.tif").write_text("of a later step")
        (killed / "maps/notes.txt").write_text("not of the run")
        result = self.tessera("run", job, "--resume", "--run-dir", killed, "--quiet", *settings)
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual((killed / "maps/notes.txt").read_text(), "not of the run")
        (killed / "maps/notes.txt").unlink()
        self.assertEqual({p.name: p.read_bytes() for p in (killed / "maps").iterdir()},
                         {p.name: p.read_bytes() for p in (whole / "maps").iterdir()})
        self.assertEqual(self.tessera("verify", killed).code, 0)

    def test_damage_is_found(self):
        folder = self.maps(PLANE)
        self.assertEqual(self.tessera("verify", folder.parent).code, 0)
        path = folder / "place_00000002.tif"
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
        result = self.tessera("verify", folder.parent, "--json")
        self.assertEqual(result.code, DIFFERENT, str(result))
        self.assertEqual([f["file"] for f in result.json()["files"] if f["state"] == "damaged"], [f"maps/{path.name}"])

    def test_maps_may_be_all_that_is_written(self):
        folder, report = self.run_job(self.write("job.toml", PLANE))
        self.assertIn(f"maps       {folder}/maps/", self.last.out)
        self.assertFalse((folder / "fields.xdmf").exists())
        self.assertEqual(report["status"], "done")

    def test_jobs_without_maps_are_refused(self):
        cube = PLANE.replace("[6, 4]", "[6, 4, 3]").replace("10.0]", "10.0, 0.0]").replace("12.0]", "12.0, 1.0]")
        without = PLANE[:PLANE.index("[[output.statistic]]")]
        for text, settings, problem in (
                (cube, (), '"geotiff" needs a domain of 2 dimensions, but this one has 3'),
                (PLANE, ('output.formats=["kml"]',), '"kml" needs a domain in degrees'),
                (without, (), '"geotiff" shows statistics, but the job has none'),
                (PLANE, ("domain.cells=[30000, 30000]",), "a GeoTIFF file of 900 M cells would be larger than 4 GB"),
                (PLANE, ('output.formats=["hdf5", "geotif"]',), "unknown output format `geotif`")):
            with self.subTest(problem):
                result = self.tessera("check", self.write("bad.toml", text), *settings)
                self.assert_refused(result, BAD_JOB, problem)


@cli.unittest.skipUnless(shutil.which("gdalinfo") and shutil.which("gdal_translate"), "GDAL (gdal-bin) is not installed")
class Gdal(MapCase):
    def describe(self, path):
        result = subprocess.run(["gdalinfo", "-json", "-stats", path], capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return json.loads(result.stdout)

    def rows(self, path):
        """@return the rows as GDAL reads them."""
        raw = self.folder / "values"
        subprocess.run(["gdal_translate", "-q", "-of", "ENVI", path, raw], check=True)
        values = struct.unpack(f"<{CELLS[0] * CELLS[1]}d", raw.read_bytes())
        return [[None if v != v else v for v in values[CELLS[0] * j:CELLS[0] * (j + 1)]] for j in range(CELLS[1])]

    def test_a_geotiff_file_on_a_sphere(self):
        folder = self.maps()
        path = self.newest(folder, "arrival", ".tif")
        data = self.describe(path)
        self.assertEqual(data["driverShortName"], "GTiff")
        self.assertEqual(data["size"], list(CELLS))
        self.assertEqual(data["geoTransform"], [170.0, (190.0 - 170.0) / 12, 0.0, 5.0, 0.0, -1.0])
        self.assertIn('ID["EPSG",4326]', data["coordinateSystem"]["wkt"])
        self.assertEqual(data["metadata"][""]["AREA_OR_POINT"], "Area")
        band = data["bands"][0]
        self.assertEqual((band["type"], band["description"], band["unit"], str(band["noDataValue"]).lower()),
                         ("Float64", "arrival", "s", "nan"))
        self.assertEqual((band["minimum"], band["maximum"]), (0.0, 0.0))
        self.assert_rows(self.rows(path), lambda x, y: 0.0 if x > 181 else None)
        self.assert_rows(self.rows(self.newest(folder, "place", ".tif")), lambda x, y: x + 1000 * y)

    def test_a_geotiff_file_on_a_plane(self):
        data = self.describe(self.newest(self.maps(PLANE), "place", ".tif"))
        self.assertEqual(data["geoTransform"], [-3.0, 1.0, 0.0, 12.0, 0.0, -0.5])
        self.assertFalse(data.get("coordinateSystem", {}).get("wkt"))

    def test_an_overlay(self):
        data = self.describe(self.newest(self.maps(MOVED), "place", ".kml"))
        self.assertEqual((data["driverShortName"], len(data["bands"])), ("KMLSUPEROVERLAY", 4))
        transform = data["geoTransform"]
        columns, rows = data["size"]
        self.assertEqual((transform[0], transform[3]), (-170.0, 5.0))
        self.assertAlmostEqual(transform[0] + columns * transform[1], -150.0)
        self.assertAlmostEqual(transform[3] + rows * transform[5], -5.0)

    def test_a_map_is_the_initial_state_of_another_run(self):
        path = self.newest(self.maps(), "place", ".tif")
        job = (SPHERE + STATISTICS).replace('"-4000 + x + 10*y"', f'{{ file = "{path}" }}')
        folder = self.maps(job.replace('"x + 1000*y"', '"bed"'), "again")
        first, second = (read_tiff(self.newest(f, "place", ".tif"))[1] for f in (path.parent, folder))
        for values, others in zip(first, second, strict=True):
            for value, other in zip(values, others, strict=True):
                self.assertAlmostEqual(value, other, places=6)


if __name__ == "__main__":
    cli.main()
