"""PostGIS as the oracle of the map: the same outlines and the same points give the same owner, edges and corners included.

PostGIS is in this test only; paidan itself never needs it. Every question is asked of assign's own C code (map_probe) and of
ST_Intersects(...) ORDER BY code LIMIT 1.
"""

import json
import math
import random
from pathlib import Path

import psycopg2
import pytest

import map_probe
import wkb
from stack import Stack

ROOT = Path(__file__).resolve().parents[2]
DIVISIONS = next((f for f in (ROOT.parent / "shared" / "data" / "zhongshan_divisions.geojson",
                              ROOT / "tests" / "fixtures" / "zhongshan_small.geojson") if f.exists()))
POINTS = 4000


@pytest.fixture(scope="module")
def postgis():
    """A database of its own in a private cluster."""
    with Stack(services=("none",)) as stack:
        pg = stack.state()["postgres"]
        where = {"host": pg["socket_dir"], "port": pg["port"], "user": pg["superuser"]}
        admin = psycopg2.connect(dbname="postgres", **where)
        admin.autocommit = True
        admin.cursor().execute("CREATE DATABASE oracle")
        admin.close()
        db = psycopg2.connect(dbname="oracle", **where)
        db.autocommit = True
        try:
            with db.cursor() as cursor:
                cursor.execute("CREATE EXTENSION postgis")
                yield cursor
        finally:
            db.close()


def oracle(cursor, outlines, points):
    cursor.execute("DROP TABLE IF EXISTS outline; DROP TABLE IF EXISTS point")
    cursor.execute('CREATE TABLE outline (code text COLLATE "C" PRIMARY KEY, shape geometry NOT NULL); CREATE INDEX ON outline USING gist (shape)')
    cursor.executemany("INSERT INTO outline VALUES (%s, ST_GeomFromWKB(%s))", list(outlines.items()))
    cursor.execute("CREATE TABLE point (n int, long float8, lat float8)")
    for start in range(0, len(points), 2000):
        part = points[start:start + 2000]
        cursor.execute("INSERT INTO point SELECT * FROM unnest(%s, %s::float8[], %s::float8[])",
                       (list(range(start, start + len(part))), [p[0] for p in part], [p[1] for p in part]))
    cursor.execute("SELECT (SELECT code FROM outline WHERE ST_Intersects(shape, ST_MakePoint(long, lat)) ORDER BY code LIMIT 1) "
                   "FROM point ORDER BY n")
    return [row[0] for row in cursor.fetchall()]


def code(n):
    return f"442000{n // 900 + 1:06}{n % 900 + 1:03}"


def points_of(shapes):
    """On vertices, in the middle of edges, a breath beside both, and anywhere."""
    random.seed(7)
    points = []
    for shape in shapes:
        for ring in wkb.rings_of(shape):
            for a, b in zip(ring, ring[1:]):
                points += [(a[0], a[1]), ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2),
                           (math.nextafter(a[0], b[0]), math.nextafter(a[1], b[1])),
                           (a[0] + (b[0] - a[0]) / 3, a[1] + (b[1] - a[1]) / 3), (a[0], b[1])]
    boxes = [wkb.box(shape) for shape in shapes]
    west, south, east, north = (f(box[i] for box in boxes) for i, f in enumerate((min, min, max, max)))
    if len(points) > 6 * POINTS:
        points = random.sample(points, 6 * POINTS)
    return points + [(random.uniform(west - 0.01, east + 0.01), random.uniform(south - 0.01, north + 0.01)) for _ in range(POINTS)]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": [[list(p) for p in (*ring, ring[0])] for ring in rings]}


def multipolygon(*polygons):
    return {"type": "MultiPolygon", "coordinates": [p["coordinates"] for p in polygons]}


def chessboard():
    """Edges shared by two, corners by four, on coordinates that binary numbers do not hit."""
    xs, ys = ([origin + n * 0.001 for n in range(13)] for origin in (113.4, 22.5))
    return [polygon([(xs[c], ys[r]), (xs[c + 1], ys[r]), (xs[c + 1], ys[r + 1]), (xs[c], ys[r + 1])]) for r in range(12) for c in range(12)]


def slanted():
    """A fan of triangles around one point: every edge is slanted and shared."""
    centre = (113.4137, 22.5171)
    spokes = [(113.4137 + 0.03 * math.cos(n / 7), 22.5171 + 0.02 * math.sin(n / 7)) for n in range(44)]
    return [polygon([centre, spokes[n], spokes[n + 1]]) for n in range(43)]


def junctions():
    """T-junctions: one long edge meets the corners of many neighbours, on a slanted line too."""
    cuts = [113.4 + n * 0.0013 for n in range(10)]
    flat = [polygon([(113.4, 22.5), (cuts[9], 22.5), (cuts[9], 22.49), (113.4, 22.49)])] + \
        [polygon([(a, 22.5), (b, 22.5), (b, 22.507), (a, 22.507)]) for a, b in zip(cuts, cuts[1:])]
    on = [(114 + n * 0.00137, 22.6 + n * 0.00071) for n in range(10)]
    return flat + [polygon([on[0], on[9], (114.02, 22.59)])] + \
        [polygon([a, b, (b[0] - 0.003, b[1] + 0.004), (a[0] - 0.003, a[1] + 0.004)]) for a, b in zip(on, on[1:])]


def holes():
    """A lake with an island in it, parts that touch in a point, a hole that another grid fills, grids upon each other."""
    def square(x, y, d):
        return [(x, y), (x + d, y), (x + d, y + d), (x, y + d)]
    return [polygon(square(113.4, 22.5, 0.03), square(113.407, 22.507, 0.011)),
            multipolygon(polygon(square(113.41, 22.51, 0.003)), polygon(square(113.413, 22.513, 0.003))),
            polygon(square(113.44, 22.5, 0.03), square(113.45, 22.51, 0.007)),
            polygon(square(113.45, 22.51, 0.007)),
            multipolygon(polygon(square(113.48, 22.5, 0.01), square(113.483, 22.503, 0.004)), polygon(square(113.4, 22.54, 0.01))),
            polygon(square(113.42, 22.52, 0.05)),
            polygon([(113.42, 22.52), (113.47, 22.57), (113.42, 22.57)])]


def zhongshan(level):
    features = json.loads(DIVISIONS.read_text())["features"]
    return [f["geometry"] for f in features if f["properties"]["level"] == level]


SETS = {"chessboard": chessboard, "slanted edges": slanted, "T-junctions": junctions, "holes and parts": holes,
        "towns of Zhongshan": lambda: zhongshan("town"), "communities of Zhongshan": lambda: zhongshan("community")}


@pytest.mark.parametrize("name", SETS)
def test_postgis_gives_the_same_owner_for_every_point(postgis, name):
    shapes = SETS[name]()
    outlines = {code(n): wkb.geometry(shape) for n, shape in enumerate(shapes)}
    points = points_of(shapes)
    ours, theirs = map_probe.ask(outlines, points), oracle(postgis, outlines, points)
    wrong = [(p, a, b) for p, a, b in zip(points, ours, theirs) if a != b]
    assert not wrong, f"{len(wrong)} of {len(points)} differ, first (point, paidan, PostGIS): {wrong[:5]}"
    assert len({one for one in ours if one}) > len(shapes) / 2


def test_postgis_measures_the_same_distance_to_the_nearest(postgis):
    shapes = zhongshan("town")
    outlines = {code(n): wkb.geometry(shape) for n, shape in enumerate(shapes)}
    random.seed(11)
    boxes = [wkb.box(shape) for shape in shapes]
    points = [(random.uniform(min(b[0] for b in boxes), max(b[2] for b in boxes)),
               random.uniform(min(b[1] for b in boxes), max(b[3] for b in boxes))) for _ in range(300)]
    ours = map_probe.ask(outlines, points, tolerance_m=2000)
    oracle(postgis, outlines, points)
    # on the sphere, as paidan measures; the plane that it lays at the point is good to 0.1 %
    postgis.execute("SELECT (SELECT min(ST_Distance(shape::geography, ST_MakePoint(long, lat)::geography, false)) FROM outline) "
                    "FROM point ORDER BY n")
    near = 0
    for point, answer, (metres,) in zip(points, ours, postgis.fetchall()):
        assert (answer is not None) == (metres <= 2000) or abs(metres - 2000) < 2, (point, answer, metres)
        if answer:
            assert abs(answer[1] - metres) <= 0.5 + 0.001 * metres, (point, answer, metres)
            near += answer[1] > 0
    assert near > 10
