"""Boston: a city of unit grids, 100 m by 100 m, wherever one of the recorded requests is within 300 m.

Divisions, workers and shifts are made up: blocks of 20 by 20 cells are the communities; a worker has about 45 cells that lie together.
"""

import csv
import gzip
import math
from datetime import datetime, timezone

from . import people
from .client import DemoError

TOWN = "250250001"
SOUTH, WEST = 42.2, -71.2
CELL_LAT = 100 / 111_320
CELL_LONG = 100 / (111_320 * math.cos(math.radians(42.3)))
REACH = 3
BLOCK = 20
CELLS_A_WORKER = 45


def points(folder):
    path = folder / "boston_311.csv.gz"
    if not path.exists():
        raise DemoError(f"{path} is not there: name the folder of boston_311.csv.gz with --data or PAIDAN_DATA")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                yield float(row["LATITUDE"]), float(row["LONGITUDE"])
            except ValueError:
                continue


def cells(folder):
    hit = {(int((lat - SOUTH) / CELL_LAT), int((lng - WEST) / CELL_LONG)) for lat, lng in points(folder)}
    near = [(i, j) for i in range(-REACH, REACH + 1) for j in range(-REACH, REACH + 1) if math.hypot(i, j) <= REACH]
    return {(r + i, c + j) for r, c in hit for i, j in near}


def corner(row, column):
    """Computed from the numbers of the cell alone, so that neighbours share the same corners."""
    return round(WEST + column * CELL_LONG, 7), round(SOUTH + row * CELL_LAT, 7)


def ring(row, column):
    return [v for r, c in ((row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column))
            for v in corner(r, c)]


def make(folder):
    blocks = {}
    for row, column in sorted(cells(folder)):
        blocks.setdefault((row // BLOCK, column // BLOCK), []).append((row, column))
    divisions = [{"code": TOWN[:6], "name": "Boston", "level": "city"},
                 {"code": TOWN, "name": "Boston", "level": "town", "parent": TOWN[:6]}]
    grids, posts, worker = [], [], 0
    for number, (block, members) in enumerate(sorted(blocks.items()), 1):
        community = f"{TOWN}{number:03d}"
        divisions.append({"code": community, "name": f"Block {block[0]}-{block[1]}", "level": "community", "parent": TOWN})
        team = max(1, round(len(members) / CELLS_A_WORKER))
        for i, (row, column) in enumerate(members):
            code = f"{community}{i + 1:03d}"
            mine = i * team // len(members)
            grids.append({"code": code, "name": f"Cell {row}-{column}", "layer": "unit", "community": community,
                          "ring": ring(row, column), "valid_from": "2011-01-01T00:00:00Z"})
            posts.append({"grid": code, "worker_id": people.worker_id(worker + mine + 1),
                          "accountability": people.PRIMARY})
            if team > 1:
                posts.append({"grid": code, "worker_id": people.worker_id(worker + (mine + 1) % team + 1),
                              "accountability": people.DEPUTY})
        worker += team
    return divisions, grids, posts, worker


def load(gateway, folder):
    divisions, grids, posts, count = make(folder)
    print("Boston from boston_311.csv.gz, City of Boston open data")
    gateway.load("divisions", divisions)
    gateway.load("grids", grids)
    gateway.load("workers", people.workers(count))
    gateway.load("grid_workers", posts)
    gateway.load("shifts", people.shifts(count, datetime(2011, 1, 1, tzinfo=timezone.utc),
                                         datetime(2028, 1, 1, tzinfo=timezone.utc)))
    people.accounts(gateway, count)
    print(f"{len(divisions)} divisions, {len(grids)} grids of 100 m by 100 m, {count} workers")
