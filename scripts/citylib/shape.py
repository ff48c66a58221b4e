"""Polygons without holes as lists of (x, y), not closed: area, and cutting along lines parallel to the axes."""


def area(ring):
    """Twice the signed area would do; this is the area."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1]))) / 2


def bounds(ring):
    xs, ys = [p[0] for p in ring], [p[1] for p in ring]
    return min(xs), min(ys), max(xs), max(ys)


def clean(ring):
    """Without the closing point and without points that repeat their neighbour."""
    out = []
    for point in ring:
        if not out or out[-1] != point:
            out.append(point)
    while len(out) > 1 and out[0] == out[-1]:
        out.pop()
    return out


def split(ring, axis, at):
    """Cuts a simple polygon along x = at (axis 0) or y = at (axis 1), which must go through no point of it.
    Returns (pieces below, pieces above); points on the cut are the same numbers on both sides."""
    below, above, crossings = [], [], []
    chain, chains = None, {True: [], False: []}
    start = next((i for i in range(len(ring)) if (ring[i - 1][axis] < at) != (ring[i][axis] < at)), None)
    if start is None:
        return ([ring], []) if ring[0][axis] < at else ([], [ring])
    for k in range(start, start + len(ring)):
        a, b = ring[k - 1 - len(ring) if k >= len(ring) else k - 1], ring[k % len(ring)]
        if (a[axis] < at) != (b[axis] < at):
            other = round(a[1 - axis] + (b[1 - axis] - a[1 - axis]) * (at - a[axis]) / (b[axis] - a[axis]), 7)
            point = (at, other) if axis == 0 else (other, at)
            crossings.append(point)
            if chain is not None:
                chain["end"] = len(crossings) - 1
            chain = {"start": len(crossings) - 1, "points": [], "end": None}
            chains[b[axis] < at].append(chain)
        chain["points"].append(b)
    chain["end"] = 0
    order = sorted(range(len(crossings)), key=lambda i: crossings[i][1 - axis])
    partner = {}
    for i in range(0, len(order), 2):
        partner[order[i]], partner[order[i + 1]] = order[i + 1], order[i]
    for side, pieces in ((True, below), (False, above)):
        starts = {c["start"]: c for c in chains[side]}
        while starts:
            first, c = next(iter(starts.items()))
            piece = []
            while True:
                del starts[c["start"]]
                piece += [crossings[c["start"]]] + c["points"] + [crossings[c["end"]]]
                following = partner[c["end"]]
                if following == first or following not in starts:
                    break
                c = starts[following]
            pieces.append(clean(piece))
    return below, above


def halve(ring):
    """Cuts across the longer side so that both halves are about equal; returns the pieces, or None when it cannot be done."""
    x0, y0, x1, y1 = bounds(ring)
    axes = (0, 1) if x1 - x0 >= y1 - y0 else (1, 0)
    best = None
    for axis in axes:
        low, high = (x0, x1) if axis == 0 else (y0, y1)
        for step in range(24):
            at = round((low + high) / 2, 7) + 3e-8  # between the seventh decimals, where all points are
            below, above = split(ring, axis, at)
            parts = below + above
            smaller = sum(area(p) for p in below)
            if len(parts) == 2 and all(len(p) >= 3 and area(p) > 0 for p in parts):
                ratio = min(area(p) for p in parts) / area(ring)
                if best is None or ratio > best[0]:
                    best = (ratio, parts)
            if smaller * 2 < area(ring):
                low = at
            else:
                high = at
            if high - low < 2e-7 or step == 23:
                break
        if best is not None and best[0] > 0.25:
            break
    return None if best is None else best[1]


def partition(ring, count):
    """About `count` pieces of about equal area, which together are the polygon and do not overlap."""
    pieces, finished = [clean([(round(x, 7), round(y, 7)) for x, y in ring])], []
    while pieces and len(pieces) + len(finished) < count:
        pieces.sort(key=area)
        largest = pieces.pop()
        parts = halve(largest)
        if parts is None:
            finished.append(largest)
        else:
            pieces += parts
    return pieces + finished
