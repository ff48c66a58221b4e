/* change_check_inner.h - the parts of a check, put together (inside this room only)
 *
 * check_load     the parts and the map from PostgreSQL
 * check_codes    each feature by itself and against the map: what it is, and what becomes of the map
 * check_layers   each level as it will be, looked at by survey.h
 * check_preview  what moves
 * check_save     the result into PostgreSQL
 * Each fails as pg_query(), or PD_RETRY "CHECK" when there is no memory. */
#ifndef ASSIGN_SHELL_CHANGE_CHECK_INNER_H
#define ASSIGN_SHELL_CHANGE_CHECK_INNER_H

#include "assign/core/code_map.h"
#include "assign/shell/survey.h"
#include "common/io/pg.h"

enum { LEVEL_CITY = 1, LEVEL_TOWN, LEVEL_COMMUNITY, LEVEL_GRID, LEVEL_END };

/* Shapes of one level. */
struct check_level {
    struct shape *known; /* of the map, by code */
    size_t known_count;
    struct shape **result; /* as it will be, by code */
    size_t result_count;
    struct shape **closed; /* of known */
    size_t closed_count;
    struct code_map by_code; /* known, then features: a struct shape */
};

struct check {
    struct pg *pg;
    GEOSContextHandle_t geos;
    const struct grid_change *change;
    int64_t now_us;
    int64_t map_version;
    struct pd_arena arena;
    struct change_faults faults;
    struct geojson geojson;
    struct shape *features;
    size_t feature_count;
    struct code_map divisions; /* that exist, or are among the features */
    struct check_level levels[LEVEL_END];
    struct shape_box city;
    struct survey *grids; /* of LEVEL_GRID, for the preview */
    struct change_counts counts;
    bool starved; /* there was no memory, or GEOS failed */
};

enum pd_fate check_no_memory(struct check *check, struct pd_err *reterr);
/* A statement without rows. */
enum pd_fate check_run_sql(struct check *check, const char *sql, struct pg_args *args, struct pd_err *reterr);
/* When it begins, or now when that was earlier: what is valid then is what it is compared with. */
int64_t check_begins_us(const struct check *check);

enum pd_fate check_load(struct check *check, struct pd_err *reterr);
enum pd_fate check_codes(struct check *check, struct pd_err *reterr);
enum pd_fate check_layers(struct check *check, struct pd_err *reterr);
enum pd_fate check_preview(struct check *check, struct pd_err *reterr);
enum pd_fate check_save(struct check *check, struct pd_err *reterr);

#endif
