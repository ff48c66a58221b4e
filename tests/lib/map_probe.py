"""The map of assign without a service around it: tests/unit/assign/map_probe.c."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def ask(outlines, points, layer=1, tolerance_m=None):
    """outlines: {code: WKB}; points: (long, lat). The code for each point, None for none; with tolerance_m (code, metres)."""
    program = ROOT / "build" / (os.environ.get("BUILD") or "release") / "tests" / "unit" / "assign" / "map_probe"
    lines = [f"outline {layer} {code} {outlines[code].hex()}" for code in sorted(outlines)]
    word, tail = ("point", "") if tolerance_m is None else ("nearest", f" {tolerance_m}")
    lines += [f"{word} {layer} {float(x).hex()} {float(y).hex()}{tail}" for x, y in points]
    done = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    answers = [None if line == "-" else line for line in done.stdout.splitlines()]
    assert len(answers) == len(points)
    if tolerance_m is not None:
        answers = [one and (one.split()[0], float(one.split()[1])) for one in answers]
    return answers
