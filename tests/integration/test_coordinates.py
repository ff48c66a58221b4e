"""Coordinates through the real gateway: whoever declares his map's system is understood, and is shown what he said."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))

from api import GRIDS, City, refused  # noqa: E402
from stack import Stack  # noqa: E402

# One place of the western grid, so near its eastern edge that GCJ-02 or BD-09 taken for WGS84 would be the eastern grid.
PLACE = {"wgs84": (22.505, 113.307), "gcj02": (22.50218160568801, 113.31234607496117), "bd09": (22.508139508668243, 113.31885211068622),
         "cgcs2000": (22.505, 113.307)}


@pytest.fixture(scope="module")
def city():
    with Stack() as stack:
        yield City(stack)


def location(system, declared=True):
    lat, long = PLACE[system]
    return {"lat": lat, "long": long, **({"coordinate_system": system} if declared else {})}


def near(found, wanted):
    return abs(found["lat"] - wanted[0]) < 1e-8 and abs(found["long"] - wanted[1]) < 1e-8


def grid_of(city, request):
    accepted = city.operator.post(f"/v1/requests/{request['id']}/accept")
    assert accepted.status_code == 200, accepted.text
    order = city.order_of(request["id"])
    assert order["location"]["coordinate_system"] == "wgs84" and "original" not in order["location"]
    return order["grid"], order["location"]


@pytest.mark.parametrize("system", PLACE)
def test_the_same_place_in_any_declared_system_lands_in_the_same_grid(city, system):
    request = city.register(location=location(system))
    grid, place = grid_of(city, request)
    assert grid == GRIDS[0] and near(place, PLACE["wgs84"]), (grid, place)


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_undeclared_it_would_have_been_the_neighbours_grid(city, system):
    request = city.register(location=location(system, declared=False))
    assert grid_of(city, request)[0] == GRIDS[1]


@pytest.mark.parametrize("system", PLACE)
def test_what_was_said_is_kept_beside_what_is_meant(city, system):
    request = city.register(location=location(system))
    for shown in (request, city.operator.get(f"/v1/requests/{request['id']}").json(),
                  city.operator.get("/v1/requests?limit=1").json()["requests"][0]):
        place = shown["location"]
        assert place["coordinate_system"] == "wgs84" and near(place, PLACE["wgs84"]), place
        if system == "wgs84":
            assert "original" not in place
        else:
            lat, long = PLACE[system]
            assert place["original"] == {"coordinate_system": system, "lat": lat, "long": long}


def test_wgs84_is_not_stored_twice(city):
    lat, long = PLACE["wgs84"]
    first = city.register(location=location("wgs84"))
    second = city.register(location={"lat": lat, "long": long})
    rows = city.stack.sql(f"SELECT lat, long, original_lat, original_long, original_system FROM intake.service_request "
                          f"WHERE id IN ('{first['id']}', '{second['id']}')")
    assert rows == [[str(lat), str(long), "", "", ""]] * 2


def test_an_unknown_system_is_refused_with_the_known_ones(city):
    words = city.words(location={"lat": 1, "long": 2, "coordinate_system": "xian80"})
    problem = refused(city.operator.post("/v1/requests", words, key="xian80"), 400, "wrong-type")
    assert all(system in problem["detail"] for system in PLACE)


def test_nobody_but_the_service_says_what_was_original(city):
    words = city.words(location={"lat": 1, "long": 2, "original": {"lat": 1, "long": 2}})
    problem = refused(city.operator.post("/v1/requests", words, key="forged"), 400, "malformed")
    assert "location.original" in problem["detail"]
