#!/bin/sh
# check-layers.sh - every #include of services/ obeys scripts/layers.txt; prints each that does not, and fails
set -eu
cd "$(dirname "$0")/.."
# shellcheck disable=SC2016  # the dollars are awk's
find services -name '*.[ch]' -o -name '*.def' | sort | xargs awk '
function library(h) {
    if (h ~ /\.pb-c\.h$/ || h ~ /^protobuf-c/) return "pb"
    if (h ~ /^uv/) return "uv"
    if (h ~ /^(libpq-fe|postgresql)/) return "pq"
    if (h ~ /^nats/) return "nats"
    if (h ~ /^(microhttpd|wslay)/) return "http"
    if (h ~ /^curl/) return "curl"
    if (h ~ /^geos/) return "geos"
    if (h ~ /^jansson/) return "json"
    if (h ~ /^sodium/) return "sodium"
    return ""
}
# services/intake/core/a.c -> intake/core; services/intake/main.c -> intake
function room_of(path, p, n) {
    n = split(path, p, "/")
    return n <= 3 ? p[2] : p[2] "/" p[3]
}
function member(word, list) { return index(" " list " ", " " word " ") > 0 }
BEGIN {
    split("gateway intake assign notify audit", service, " ")
    while ((getline line < "scripts/layers.txt") > 0) {
        if (line ~ /^#/ || split(line, part, "|") != 3) continue
        gsub(/[ \t]+/, " ", part[2]); gsub(/[ \t]+/, " ", part[3]); sub(/[ \t]+$/, "", part[1])
        for (s = 1; s <= 5; s++) {
            name = part[1]; sub(/^X/, service[s], name)
            if (part[1] ~ /^X/ && (name in rooms)) continue
            seen = part[2]; gsub(/(^| )X\//, " " service[s] "/", seen)
            rooms[name] = seen; libs[name] = part[3]
        }
    }
}
FNR == 1 { here = room_of(FILENAME); if (!(here in rooms)) { printf "%s: room %s is not in scripts/layers.txt\n", FILENAME, here; bad++ } }
/^[ \t]*#[ \t]*include/ {
    if (!match($0, /[<"][^>"]+[>"]/)) next
    quoted = substr($0, RSTART, 1) == "\""
    h = substr($0, RSTART + 1, RLENGTH - 2)
    lib = library(h)
    if (lib != "") { if (!member(lib, libs[here])) { printf "%s:%d: %s may not see <%s>\n", FILENAME, FNR, here, h; bad++ }; next }
    if (!quoted) next
    there = h ~ /^sql\// ? "sql" : room_of("services/" h)
    if (h !~ /\//) { printf "%s:%d: include \"%s\" must name its room\n", FILENAME, FNR, h; bad++; next }
    if (there != here && !member(there, rooms[here])) { printf "%s:%d: %s may not see %s (%s)\n", FILENAME, FNR, here, there, h; bad++ }
}
END { if (bad) { printf "%d broken layers\n", bad; exit 1 } }'
