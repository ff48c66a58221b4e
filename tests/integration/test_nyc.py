"""The community boards of New York: for real requests the official board is found by their coordinates, and each miss is explained."""

import csv
import json
import math
from pathlib import Path

import psycopg2
import pytest

import wkb
from api import log_in
from stack import Stack

ROOT = Path(__file__).resolve().parents[2]
FULL, SMALL = ROOT.parent / "shared" / "data", ROOT / "tests" / "fixtures" / "nyc"
FILES = ("nyc_311_sample.csv", "nyc_community_districts.geojson")
COMMUNITY = "360061000001"
BOROUGHS = {"MANHATTAN": 1, "BRONX": 2, "BROOKLYN": 3, "QUEENS": 4, "STATEN ISLAND": 5}
DEGREE_M = 111195.08


def folder():
    if all((FULL / name).exists() for name in FILES):
        return FULL
    print(f"{FULL} has no {' or no '.join(FILES)}: a small part of both from {SMALL.relative_to(ROOT)} is used")
    return SMALL


@pytest.fixture(scope="module")
def new_york():
    where = folder()
    districts = {f["properties"]["BoroCD"]: f["geometry"] for f in json.loads((where / FILES[1]).read_text())["features"]}
    with (where / FILES[0]).open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["Latitude"] and row["Longitude"]]
    with Stack(env={"PAIDAN_RATE_LIMIT": "0"}) as stack:
        pg = stack.state()["postgres"]
        db = psycopg2.connect(host=pg["socket_dir"], port=pg["port"], user=pg["superuser"], dbname=pg["database"],
                              options="-c search_path=assign,ext")
        load(db, districts)
        yield districts, rows, log_in(stack.url, stack.accounts()["operator"])
        db.close()


def load(db, districts):
    with db, db.cursor() as cursor:
        for code, level in ((COMMUNITY[:6], 1), (COMMUNITY[:9], 2), (COMMUNITY, 3)):
            cursor.execute("INSERT INTO division (code, name, level, parent) VALUES (%s, 'New York', %s, nullif(left(%s, -3), '360'))",
                           (code, level, code))
        for district, shape in districts.items():
            cursor.execute("INSERT INTO grid (code, version, layer, community, name, outline, valid_from, recorded_at) "
                           "VALUES (%s, 1, 2, %s, %s, %s, '2010-01-01', now())",
                           (f"{COMMUNITY}{district}", COMMUNITY, f"District {district}", wkb.geometry(shape)))
        cursor.execute("UPDATE city_version SET map = map + 1")


def official(board):
    """"06 BROOKLYN" is 306."""
    number, borough = board.split(" ", 1)
    return BOROUGHS[borough] * 100 + int(number)


def metres_to_edge(shape, lat, long):
    east = DEGREE_M * math.cos(math.radians(lat))
    best = math.inf
    for ring in wkb.rings_of(shape):
        flat = [((p[0] - long) * east, (p[1] - lat) * DEGREE_M) for p in ring]
        for (ax, ay), (bx, by) in zip(flat, flat[1:]):
            dx, dy = bx - ax, by - ay
            part = max(0, min(1, -(ax * dx + ay * dy) / (dx * dx + dy * dy))) if dx or dy else 0
            best = min(best, math.hypot(ax + part * dx, ay + part * dy))
    return best


def test_the_official_board_is_found_for_at_least_99_of_100_requests(new_york):
    districts, rows, operator = new_york
    misses = []
    for row in rows:
        lat, long, wanted = float(row["Latitude"]), float(row["Longitude"]), official(row["Community Board"])
        answer = operator.get("/v1/grids/locate", params={"lat": row["Latitude"], "long": row["Longitude"]})
        assert answer.status_code in (200, 404), answer.text
        found = int(answer.json()["grid"][-3:]) if answer.status_code == 200 else None
        if found != wanted:
            misses.append(f"{row['Unique Key']} at {lat:.6f}, {long:.6f}: official {wanted}, found {found or 'no district'}; "
                          f"{metres_to_edge(districts[wanted], lat, long):.1f} m outside the official district's edge")
    print(f"{len(rows) - len(misses)} of {len(rows)} requests are in their official district; misses:", *misses or ["none"], sep="\n  ")
    assert len(rows) >= 100 and len(misses) <= len(rows) // 100, misses


def test_memory_and_database_agree_on_every_request(new_york):
    _, rows, operator = new_york
    for row in rows[:150]:
        answers = []
        for more in ({}, {"at": "2026-01-01T00:00:00Z"}):
            answer = operator.get("/v1/grids/locate", params={"lat": row["Latitude"], "long": row["Longitude"], **more})
            answers.append((answer.status_code, answer.json().get("grid")))
        assert answers[0] == answers[1], row
