#include "assign/shell/locate_stored.h"

#include <string.h>

#include "assign/shell/map_load.h"
#include "assign/shell/ring.h"
#include "sql/assign_sql.h"

enum { HAS_PEOPLE = 9 }; /* column behind those of map_row() */

/* The best outline of one layer so far. */
struct best {
    double distance_m;
    int row; /* -1: none */
    bool has_people;
};

static enum pd_fate ask(struct pg *pg, struct pd_arena *arena, const struct locate_question *q,
                        struct pg_result **ret_rows, struct pd_err *reterr) {
    struct pg_args args;
    double box[4];
    ring_around(q->lat, q->lng, q->tolerance_m, box);
    pg_args_init(&args, arena);
    pg_arg_time(&args, q->at_us);
    pg_arg_time(&args, q->known_us);
    for (int i = 0; i < 4; i++) {
        pg_arg_float8(&args, box[i]);
    }
    pg_arg_int2(&args, (int16_t)q->layer);
    return pg_query(pg, SQL_READ_OUTLINES_NEAR, &args, ret_rows, reterr);
}

/* 0: holds or touches the point; else metres; negative: too far, or no outline. */
static double distance_of(GEOSContextHandle_t geos, const GEOSGeometry *point, const struct locate_question *q,
                          const uint8_t *wkb, size_t length) {
    GEOSGeometry *outline = ring_geometry(geos, wkb, length);
    const GEOSPreparedGeometry *prepared = outline == NULL ? NULL : GEOSPrepare_r(geos, outline);
    double distance_m = -1;
    if (prepared != NULL && GEOSPreparedIntersects_r(geos, prepared, point) == 1) {
        distance_m = 0;
    } else if (prepared != NULL && q->tolerance_m > 0) {
        distance_m = ring_edge_distance_m(geos, outline, q->lat, q->lng);
    }
    GEOSPreparedGeom_destroy_r(geos, prepared);
    GEOSGeom_destroy_r(geos, outline);
    return distance_m <= q->tolerance_m ? distance_m : -1;
}

/* The nearest of each layer; rows come in the order of codes, so of equals the first stays. */
static void measure(GEOSContextHandle_t geos, const GEOSGeometry *point, const struct locate_question *q,
                    const struct pg_result *rows, struct best best[MAP_LAYER_COUNT]) {
    for (int layer = 0; layer < MAP_LAYER_COUNT; layer++) {
        best[layer].row = -1;
    }
    for (int row = 0; row < pg_rows(rows); row++) {
        const uint8_t *wkb = NULL;
        size_t length = 0;
        struct best *its = &best[map_row(rows, row, &wkb, &length).layer];
        if (its->row >= 0 && !(its->distance_m > 0)) {
            continue; /* a lower code holds the point */
        }
        double distance_m = distance_of(geos, point, q, wkb, length);
        if (distance_m >= 0 && (its->row < 0 || distance_m < its->distance_m)) {
            *its = (struct best){distance_m, row, pg_bool(rows, row, HAS_PEOPLE)};
        }
    }
}

/* Those that hold the point go before those that are near, then those with people, then the first layer. */
static const struct best *choose(const struct best best[MAP_LAYER_COUNT]) {
    const struct best *chosen = NULL;
    for (int layer = MAP_UNIT; layer < MAP_LAYER_COUNT; layer++) {
        const struct best *its = &best[layer];
        if (its->row < 0) {
            continue;
        }
        bool holds = !(its->distance_m > 0), chosen_holds = chosen != NULL && !(chosen->distance_m > 0);
        if (chosen == NULL || (holds && !chosen_holds) ||
            (holds == chosen_holds && its->has_people && !chosen->has_people)) {
            chosen = its;
        }
    }
    return chosen;
}

static enum pd_fate name_divisions(struct pg *pg, struct pd_arena *arena, const struct locate_question *q,
                                   struct locate_answer *answer, struct pd_err *reterr) {
    struct pg_result *rows = NULL;
    struct pg_args args;
    struct pg_array codes;
    char town[LOCATE_TOWN + 1] = "";
    memcpy(town, answer->grid.code, LOCATE_TOWN);
    pg_array_init(&codes, arena, PG_TEXT);
    pg_array_text(&codes, answer->grid.community);
    pg_array_text(&codes, town);
    pg_args_init(&args, arena);
    pg_arg_time(&args, q->at_us);
    pg_arg_time(&args, q->known_us);
    pg_arg_array(&args, &codes);
    enum pd_fate fate = pg_query(pg, SQL_READ_DIVISION_NAMES_AT, &args, &rows, reterr);
    for (int row = 0; fate == PD_OK && row < pg_rows(rows); row++) {
        bool is_town = strcmp(pg_text(rows, row, 0), town) == 0;
        *(is_town ? &answer->town_name : &answer->community_name) = pg_text(rows, row, 1);
    }
    return fate;
}

enum pd_fate locate_stored(struct pg *pg, struct pd_arena *arena, GEOSContextHandle_t geos,
                           const struct locate_question *question, struct locate_answer *ret_answer,
                           struct pd_err *reterr) {
    struct locate_answer answer = {.community_name = "", .town_name = ""};
    struct best best[MAP_LAYER_COUNT] = {0};
    struct pg_result *rows = NULL;
    enum pd_fate fate = ask(pg, arena, question, &rows, reterr);
    if (fate != PD_OK) {
        return fate;
    }
    GEOSGeometry *point = GEOSGeom_createPointFromXY_r(geos, question->lng, question->lat);
    if (point == NULL) {
        return pd_fail(reterr, PD_RETRY, "GEOS", "no memory for a point");
    }
    measure(geos, point, question, rows, best);
    GEOSGeom_destroy_r(geos, point);
    const struct best *chosen = choose(best);
    if (chosen != NULL) {
        const uint8_t *wkb = NULL;
        size_t length = 0;
        answer.grid = map_row(rows, chosen->row, &wkb, &length);
        answer.distance_m = chosen->distance_m;
        answer.nearest = chosen->distance_m > 0;
        fate = name_divisions(pg, arena, question, &answer, reterr);
    }
    *ret_answer = answer;
    return fate;
}
