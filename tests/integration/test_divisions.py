"""paidanctl import-grids: dry run, difference, faults, and the real divisions of Zhongshan with the overlaps and gaps that they have.

The whole data is used where it lies beside the tree (or in $PAIDAN_DATA), else the small cut of it among the fixtures."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "lib"), str(ROOT / "scripts")]

from changes import box, collection, feature  # noqa: E402
from citylib import zhongshan  # noqa: E402
from stack import Stack  # noqa: E402
from test_assign import World  # noqa: E402

CITY = "442000"
# Of the whole data: outlines, overlaps, gaps above 1 m2. The towns are a partition; the communities of three towns leave a part of their
# town to nobody (those that are not mapped), and the towns without any mapped community are not looked at.
WHOLE = {"town": (23, 0, 0), "community": (45, 0, 3)}


@pytest.fixture(scope="module")
def world():
    with Stack(env={"PAIDAN_RATE_LIMIT": "0"}) as stack:
        made = World(stack)
        made.admin.post("/v1/import", {"divisions": [{"code": CITY, "name": "中山市", "level": "city"}]})
        yield made


def paidanctl(world, *arguments):
    done = subprocess.run([Path(os.environ["PAIDAN_BIN"]) / "paidanctl", "import-grids", *map(str, arguments)], text=True,
                          capture_output=True, timeout=120, check=False, env=dict(os.environ, PAIDAN_VAR=str(world.stack.var)))
    return done


def data():
    return zhongshan.read(Path(os.environ.get("PAIDAN_DATA") or ROOT.parent / "shared" / "data"))


def divisions(level, towns):
    """The features of a level with the codes that the demo gives them."""
    _, features = data()
    codes = zhongshan.community_codes([f for f in features if f["properties"]["level"] == "community"], towns)
    codes.update(towns)
    return [{"type": "Feature", "geometry": f["geometry"],
             "properties": {"code": codes[f["properties"]["name"]], "name": f["properties"]["name"], "level": level}}
            for f in features if f["properties"]["level"] == level]


def test_all_divisions_of_zhongshan_import_and_what_is_wrong_with_them_is_told(world, tmp_path):
    path, features = data()
    towns = zhongshan.town_codes(features)
    world.admin.post("/v1/import", {"divisions": [
        {"code": code, "name": name, "level": "town", "parent": CITY} for name, code in towns.items()]})
    for level in ("town", "community"):
        file, out = tmp_path / f"{level}.geojson", tmp_path / f"{level}-difference.geojson"
        drawn = divisions(level, towns)
        file.write_text(json.dumps(collection(drawn)))
        dry = paidanctl(world, file, "--layer", level, "--dry-run", "--accept-findings", "--difference", out)
        assert dry.returncode == 0 and "dry run: nothing was changed" in dry.stdout, dry.stdout + dry.stderr
        assert world.sql("SELECT count(*) FROM division_outline WHERE length(code) = %s", 9 if level == "town" else 12) == [(0,)]
        difference = [f["properties"]["difference"] for f in json.loads(out.read_text())["features"]]
        done = paidanctl(world, file, "--layer", level, "--accept-findings")
        assert done.returncode == 0 and done.stdout.endswith("applied\n"), done.stdout + done.stderr
        counts = world.sql("SELECT added, faults, overlapping, gaps FROM grid_change WHERE state = 8 ORDER BY applied_at DESC LIMIT 1")[0]
        print(f"{path.name} {level}: {counts[0]} outlines, {counts[2]} overlaps, {counts[3]} gaps and overhangs")
        assert counts[0] == len(drawn) and counts[1] == 0
        assert [difference.count(w) for w in ("added", "overlap")] == [counts[0], counts[2]]
        assert difference.count("gap") + difference.count("overhang") == counts[3]
        if path.name == "zhongshan_divisions.geojson":
            assert (counts[0], counts[2], counts[3]) == WHOLE[level]
    refused = paidanctl(world, file, "--layer", "town")
    assert refused.returncode == 1 and "code" in refused.stdout and "not applied" in refused.stdout


def test_faults_are_printed_and_nothing_is_applied(world, tmp_path):
    file = tmp_path / "bad.geojson"
    file.write_text(json.dumps(collection([feature("442000999009001", "无社区", box(0, 0)), feature("44", "短", box(1, 0))])))
    before = world.sql("SELECT map FROM city_version")
    done = paidanctl(world, file, "--layer", "unit")
    assert done.returncode == 1, done.stderr
    assert "code feature 1 44" in done.stdout and "2 faults" in done.stdout, done.stdout
    assert world.sql("SELECT map FROM city_version") == before
    assert world.sql("SELECT state FROM grid_change ORDER BY created_at DESC LIMIT 1") == [(9,)]


def test_wrong_use_is_told(world, tmp_path):
    assert paidanctl(world, tmp_path / "none.geojson", "--layer", "unit").returncode == 2
    assert paidanctl(world, "--layer", "unit").returncode == 2
    file = tmp_path / "x.geojson"
    file.write_text("{}")
    assert paidanctl(world, file, "--layer", "unit").returncode == 2
    file.write_text(json.dumps(collection([feature("442000001001001", "一", box(0, 0))])))
    assert paidanctl(world, file, "--layer", "nowhere").returncode == 1
    assert paidanctl(world, file).returncode == 2
