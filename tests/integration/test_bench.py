"""The bench itself, in its short form: every measurement ends, and the table has its rows."""

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_short_form(tmp_path):
    out = tmp_path / "bench.json"
    done = subprocess.run([ROOT / "scripts" / "bench", "--short", "--seconds", "1", "--only", "rates,idle", "--json", out],
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(out.read_text())
    for figure in ("life_to_batch", "bus_to_batch", "life_to_plain", "register_to_floor", "fsyncs", "idle"):
        assert results[figure]["median"] > 0
    turn = results["turns"][0]
    for name in ("life", "bus", "register"):
        assert turn[name]["orders"] == turn[name]["begun"] > 0
    assert turn["life"]["audited"] and turn["bus"]["audited"]
    assert "batched SQL floor" in done.stdout
