"""Grid changes as a test makes them: features from squares of a thousandth of a degree, drafts, checks, the steps of the procedure."""

import json
import time

LAT, LONG, STEP = 22.5, 113.4, 0.001
WAIT_S = 20


def box(column, row, width=1, height=1):
    """The rings of a rectangle in units of STEP."""
    x, y = LONG + column * STEP, LAT + row * STEP
    w, h = x + width * STEP, y + height * STEP
    return [[[round(a, 7), round(b, 7)] for a, b in ((x, y), (w, y), (w, h), (x, h), (x, y))]]


def feature(code, name, rings, **properties):
    return {"type": "Feature", "properties": dict({"code": code, "name": name}, **properties),
            "geometry": {"type": "Polygon", "coordinates": rings}}


def collection(features):
    return {"type": "FeatureCollection", "features": features}


def change(caller, title, kind="import", layer="unit", **more):
    return caller.post("/v1/grid-changes", dict({"kind": kind, "layer": layer, "title": title}, **more), None)


def post_features(caller, draft, features):
    body = features if isinstance(features, bytes) else json.dumps(
        features if isinstance(features, dict) else collection(features), ensure_ascii=False).encode()
    answer = caller.session.post(f"{caller.world.stack.url}/v1/grid-changes/{draft['id']}/features", data=body, timeout=60,
                                 headers={"Content-Type": "application/geo+json"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def checked(caller, draft, ask=True, seconds=WAIT_S):
    """The change with the verdict of its check."""
    if ask:
        caller.post(f"/v1/grid-changes/{draft['id']}/check")
    end = time.monotonic() + seconds
    while True:
        answer = caller.send("GET", f"/v1/grid-changes/{draft['id']}")
        seen = answer.json() if answer.status_code == 200 else {}
        if seen.get("verdict") in ("clean", "faulty"):
            return seen
        assert time.monotonic() < end, f"no verdict: {answer.text}"
        time.sleep(0.02)


def step(caller, draft, *names):
    for name in names:
        seen = caller.post(f"/v1/grid-changes/{draft['id']}/{name}")
    return seen


def apply(caller, draft):
    return step(caller, draft, "apply")
