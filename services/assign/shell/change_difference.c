#include "assign/shell/change_difference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assign/core/grid_change.h"
#include "assign/shell/change_fault.h"
#include "common/wire/alloc.h"
#include "common/wire/buf.h"

enum column { WHAT, IDX, CODE, NAME, KIND, OTHER, AREA, HOUSEHOLDS, OUTLINE };
enum { TEXT_MAX = 16 * 1024 * 1024 };

bool difference_cursor_read(const char *text, int32_t *ret_kind, int32_t *ret_after) {
    char *end = NULL;
    if (text[0] == '\0') {
        *ret_kind = *ret_after = 0;
        return true;
    }
    long after = strlen(text) < 2 || strlen(text) > 11 ? -1 : strtol(text + 1, &end, 10);
    if ((text[0] != 'f' && text[0] != 'x') || after < 0 || after > INT32_MAX || *end != '\0') {
        return false;
    }
    *ret_kind = text[0] == 'x';
    *ret_after = (int32_t)after;
    return true;
}

static const char *word_of(int what, int kind) {
    if (what == 0) {
        return kind == FEATURE_ADDED ? "added" : kind == FEATURE_CHANGED ? "changed" : "removed";
    }
    return kind == FINDING_OVERLAP ? "overlap" : kind == FINDING_GAP ? "gap" : "overhang";
}

/* A JSON string. What comes here is UTF-8 already. */
static void put_string(struct wire_buf *buf, const char *text) {
    wire_put_char(buf, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        char escaped[8];
        if (c == '"' || c == '\\' || c < 0x20) {
            snprintf(escaped, sizeof escaped, "\\u%04x", c);
            wire_put_text(buf, escaped);
        } else {
            wire_put_char(buf, *text);
        }
    }
    wire_put_char(buf, '"');
}

static bool put_geometry(GEOSContextHandle_t geos, struct wire_buf *buf, const uint8_t *wkb, size_t length) {
    GEOSWKBReader *reader = GEOSWKBReader_create_r(geos);
    GEOSGeoJSONWriter *writer = GEOSGeoJSONWriter_create_r(geos);
    GEOSGeometry *geometry = reader == NULL ? NULL : GEOSWKBReader_read_r(geos, reader, wkb, length);
    char *text =
        geometry == NULL || writer == NULL ? NULL : GEOSGeoJSONWriter_writeGeometry_r(geos, writer, geometry, -1);
    wire_put_text(buf, text == NULL ? "null" : text);
    bool good = text != NULL;
    GEOSFree_r(geos, text);
    GEOSGeom_destroy_r(geos, geometry);
    if (writer != NULL) {
        GEOSGeoJSONWriter_destroy_r(geos, writer);
    }
    if (reader != NULL) {
        GEOSWKBReader_destroy_r(geos, reader);
    }
    return good;
}

static bool put_feature(GEOSContextHandle_t geos, struct wire_buf *buf, const struct pg_result *rows, int row) {
    char number[64];
    size_t length = 0;
    const uint8_t *wkb = pg_bytea(rows, row, OUTLINE, &length);
    wire_put_text(buf, "{\"type\":\"Feature\",\"properties\":{\"difference\":\"");
    wire_put_text(buf, word_of(pg_int4(rows, row, WHAT), pg_int2(rows, row, KIND)));
    wire_put_text(buf, "\",\"code\":");
    put_string(buf, pg_text(rows, row, CODE));
    wire_put_text(buf, pg_int4(rows, row, WHAT) == 0 ? ",\"name\":" : ",\"detail\":");
    put_string(buf, pg_text(rows, row, NAME));
    if (pg_int4(rows, row, WHAT) == 0) {
        wire_put_text(buf, ",\"households\":");
        wire_put_int(buf, pg_int4(rows, row, HOUSEHOLDS));
    } else {
        wire_put_text(buf, ",\"other\":");
        put_string(buf, pg_text(rows, row, OTHER));
        snprintf(number, sizeof number, ",\"area_m2\":%.2f", pg_float8(rows, row, AREA));
        wire_put_text(buf, number);
    }
    wire_put_text(buf, "},\"geometry\":");
    bool good = put_geometry(geos, buf, wkb, length);
    wire_put_char(buf, '}');
    return good;
}

bool difference_write(GEOSContextHandle_t geos, struct pd_arena *arena, const struct pg_result *rows,
                      ProtobufCBinaryData *ret_text) {
    ProtobufCAllocator alloc = wire_alloc(arena);
    struct wire_buf buf;
    char cursor[64];
    int row = 0;
    bool good = true;
    wire_buf_init(&buf, &alloc, TEXT_MAX);
    wire_put_text(&buf, "{\"type\":\"FeatureCollection\",\"features\":[");
    for (; good && row < pg_rows(rows) && buf.len < DIFFERENCE_BYTES; row++) {
        wire_put_text(&buf, row == 0 ? "\n" : ",\n");
        good = put_feature(geos, &buf, rows, row);
    }
    wire_put_text(&buf, "]");
    if (row > 0 && (row < pg_rows(rows) || row == DIFFERENCE_ROWS)) {
        snprintf(cursor, sizeof cursor, ",\"next_cursor\":\"%c%d\"", pg_int4(rows, row - 1, WHAT) == 0 ? 'f' : 'x',
                 pg_int4(rows, row - 1, IDX));
        wire_put_text(&buf, cursor);
    }
    wire_put_text(&buf, "}\n");
    *ret_text = (ProtobufCBinaryData){buf.len, (uint8_t *)buf.text};
    return good && wire_buf_ok(&buf);
}
