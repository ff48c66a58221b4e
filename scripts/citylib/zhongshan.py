"""Zhongshan: its real towns and communities, with unit grids, workers and shifts made up.

Every community that is mapped is cut into unit grids without gaps or overlaps: 迎阳社区 into its 8, the others by their area. A worker
is the primary of each grid; the worker of the next grid is its deputy; one more a community is the grid head.
The codes are made up in the form of the statistical division codes, but for 442000 and the ones of 石岐 and 东区.
"""

import json
import math
from datetime import timedelta

from . import people, shape
from .client import ROOT, DemoError

CITY = "442000"
FIRST_COMMUNITY = "迎阳社区"
FIRST_GRIDS = 8
GRIDS_MAX = 60
KNOWN_TOWNS = {"石岐街道": "001", "东区街道": "002", "小榄镇": "100"}


def read(folder):
    for path in (folder / "zhongshan_divisions.geojson", ROOT / "tests" / "fixtures" / "zhongshan_small.geojson"):
        if path.exists():
            return path, json.loads(path.read_text(encoding="utf-8"))["features"]
    raise DemoError("zhongshan_divisions.geojson is not there: name its folder with --data or PAIDAN_DATA")


def town_codes(features):
    """Streets 001.., towns 100..; by name, so that the codes stay the same."""
    names = {f["properties"]["name"] for f in features if f["properties"]["level"] == "town"}
    names |= {f["properties"]["town"] for f in features if f["properties"]["level"] == "community"}
    codes, used = {}, set(KNOWN_TOWNS.values())
    for name in sorted(names):
        number = 1 if name.endswith("街道") else 100
        while f"{number:03d}" in used and name not in KNOWN_TOWNS:
            number += 1
        codes[name] = CITY + KNOWN_TOWNS.get(name, f"{number:03d}")
        used.add(codes[name][-3:])
    return codes


def community_codes(communities, towns):
    """Residents' committees 001.., villages 200.."""
    codes, used = {}, set()
    for f in sorted(communities, key=lambda f: f["properties"]["name"]):
        name, town = f["properties"]["name"], towns[f["properties"]["town"]]
        number = 200 if name.endswith("村") else 1
        while f"{town}{number:03d}" in used:
            number += 1
        codes[name] = f"{town}{number:03d}"
        used.add(codes[name])
    return codes


def rings_of(feature):
    geometry = feature["geometry"]
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[tuple(p[:2]) for p in polygon[0]] for polygon in polygons]


def square_metres(ring):
    lat = sum(p[1] for p in ring) / len(ring)
    return shape.area(ring) * 111_320 ** 2 * math.cos(math.radians(lat))


def pieces_of(feature, unit):
    rings = sorted(rings_of(feature), key=shape.area, reverse=True)
    total = sum(square_metres(r) for r in rings)
    name = feature["properties"]["name"]
    count = FIRST_GRIDS if name == FIRST_COMMUNITY else max(1, min(GRIDS_MAX, round(total / unit)))
    pieces = []
    for ring in rings:
        pieces += shape.partition(ring, max(1, round(count * square_metres(ring) / total)))
    # numbered from west to east and from north to south, as the standard asks
    return sorted(pieces, key=lambda r: (round(min(p[0] for p in r), 3), -max(p[1] for p in r)))


def make(features):
    communities = [f for f in features if f["properties"]["level"] == "community"]
    first = [f for f in communities if f["properties"]["name"] == FIRST_COMMUNITY]
    if not first:
        raise DemoError(f"the data has no {FIRST_COMMUNITY}")
    unit = sum(square_metres(r) for r in rings_of(first[0])) / FIRST_GRIDS
    towns = town_codes(features)
    codes = community_codes(communities, towns)
    divisions = [{"code": CITY, "name": "中山市", "level": "city"}]
    divisions += [{"code": c, "name": n, "level": "town", "parent": CITY} for n, c in towns.items()]
    divisions += [{"code": c, "name": n, "level": "community", "parent": c[:9]} for n, c in codes.items()]
    grids, posts, worker = [], [], 0
    for feature in first + [f for f in communities if f is not first[0]]:
        name = feature["properties"]["name"]
        code = codes[name]
        pieces = pieces_of(feature, unit)
        head = worker + len(pieces) + 1
        for i, ring in enumerate(pieces):
            grid = f"{code}{i + 1:03d}"
            grids.append({"code": grid, "name": f"{name}第{i + 1}网格", "layer": "unit", "community": code,
                          "ring": [v for point in ring for v in point], "valid_from": "2021-01-01T00:00:00Z"})
            posts.append({"grid": grid, "worker_id": people.worker_id(worker + i + 1), "accountability": people.PRIMARY})
            if len(pieces) > 1:
                deputy = worker + (i + 1) % len(pieces) + 1
                posts.append({"grid": grid, "worker_id": people.worker_id(deputy), "accountability": people.DEPUTY})
            posts.append({"grid": grid, "worker_id": people.worker_id(head), "accountability": people.GRID_HEAD})
        worker = head
    return divisions, grids, posts, worker


def outlines(features):
    """The divisions as drawn, with the codes of make()."""
    towns = town_codes(features)
    codes = dict(community_codes([f for f in features if f["properties"]["level"] == "community"], towns), **towns)
    return [{"type": "Feature", "geometry": f["geometry"],
             "properties": {"code": codes[f["properties"]["name"]], "name": f["properties"]["name"]}} for f in features]


def service_centres(divisions, grids):
    """A known place a community, made up: its service centre (党群服务中心), at a corner of its first grid drawn towards the middle."""
    first = {}
    for grid in grids:
        first.setdefault(grid["community"], grid["ring"])
    middle = lambda ring, axis: sum(ring[axis::2]) / (len(ring) // 2)  # noqa: E731
    return [{"kind": "organisation", "name": f"{d['name']}党群服务中心", "division": d["code"],
             "lat": round(0.8 * middle(first[d["code"]], 1) + 0.2 * first[d["code"]][1], 7),
             "long": round(0.8 * middle(first[d["code"]], 0) + 0.2 * first[d["code"]][0], 7)}
            for d in divisions if d["code"] in first]


def load(gateway, folder):
    path, features = read(folder)
    print(f"Zhongshan from {path.name}, © OpenStreetMap contributors, ODbL 1.0")
    divisions, grids, posts, count = make(features)
    begin = people.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    gateway.load("divisions", divisions)
    gateway.draw("outlines of towns and communities", "community", outlines(features), "2021-01-01T00:00:00Z")
    gateway.load("grids", grids)
    gateway.load("workers", people.workers(count))
    gateway.load("grid_workers", posts)
    gateway.load("shifts", people.shifts(count, begin, begin + timedelta(days=367)))
    places = service_centres(divisions, grids)
    gateway.post("/v1/places", {"places": places})
    people.accounts(gateway, count)
    print(f"{len(divisions)} divisions, {len(grids)} grids, {count} workers, {len(places)} known places; {FIRST_COMMUNITY} has {FIRST_GRIDS} grids, "
          f"the first of them {people.worker_id(1)}'s")
