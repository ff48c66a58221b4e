"""Outlines as assign stores them: WKB polygons and multipolygons from lists of positions, as GeoJSON has them."""

import struct


def polygon(rings):
    """rings: [[[long, lat], ...], holes...], closed or not."""
    closed = [ring if list(ring[0]) == list(ring[-1]) else [*ring, ring[0]] for ring in rings]
    return struct.pack("<BII", 1, 3, len(closed)) + b"".join(
        struct.pack("<I", len(ring)) + b"".join(struct.pack("<dd", p[0], p[1]) for p in ring) for ring in closed)


def multipolygon(polygons):
    return struct.pack("<BII", 1, 6, len(polygons)) + b"".join(polygon(rings) for rings in polygons)


def geometry(geojson):
    return {"Polygon": polygon, "MultiPolygon": multipolygon}[geojson["type"]](geojson["coordinates"])


def rings_of(geojson):
    """Every ring, shells and holes alike."""
    parts = geojson["coordinates"] if geojson["type"] == "MultiPolygon" else [geojson["coordinates"]]
    return [ring for part in parts for ring in part]


def box(geojson):
    """(west, south, east, north)"""
    points = [p for ring in rings_of(geojson) for p in ring]
    return (min(p[0] for p in points), min(p[1] for p in points), max(p[0] for p in points), max(p[1] for p in points))
