"""Key-encryption keys: made once, never made anew in silence, and given to a service that an older version did not have."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from stacklib import keys  # noqa: E402
from stacklib.settings import Place, StackError  # noqa: E402


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("PAIDAN_VAR", str(tmp_path))
    monkeypatch.delenv("PAIDAN_NEW_KEK", raising=False)
    made = Place()
    made.run_user = made.pg_user = "root" if os.geteuid() == 0 else made.run_user
    made.secrets.mkdir()
    keys.ensure(made)
    return made


def with_database(place):
    place.pgdata.mkdir(parents=True)
    (place.pgdata / "PG_VERSION").write_text("15\n")


def test_each_service_has_a_key_of_its_own_and_keeps_it(place):
    first = {name: keys.kek_file(place, name).read_text() for name in keys.KEK_SERVICES}
    assert set(first) == {"intake", "assign"} and first["intake"] != first["assign"]
    assert all(len(bytes.fromhex(text.strip())) == 32 for text in first.values())
    keys.ensure(place)
    assert first == {name: keys.kek_file(place, name).read_text() for name in keys.KEK_SERVICES}


@pytest.mark.parametrize("name", ["intake", "assign"])
def test_a_lost_key_is_not_made_anew_while_there_is_a_database(place, name, monkeypatch):
    with_database(place)
    keys.kek_file(place, name).unlink()
    with pytest.raises(StackError, match=f"{name}.kek is missing"):
        keys.ensure(place)
    assert not keys.kek_file(place, name).exists()
    monkeypatch.setenv("PAIDAN_NEW_KEK", "1")
    keys.ensure(place)
    assert keys.kek_file(place, name).exists()


def test_a_version_that_had_no_key_for_assign_gets_one(place):
    """An upgrade: the database is there, the key never was."""
    with_database(place)
    for path in place.secrets.glob("assign.kek*"):
        path.unlink()
    keys.ensure(place)
    assert keys.kek_file(place, "assign").exists()


def test_the_intake_key_of_before_is_taken_as_it_is(place):
    with_database(place)
    (place.secrets / "intake.kek.made").unlink()
    before = keys.kek_file(place, "intake").read_text()
    keys.ensure(place)
    assert keys.kek_file(place, "intake").read_text() == before
