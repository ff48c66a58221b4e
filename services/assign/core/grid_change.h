/* grid_change.h - a grid change as plain data, as it is in the database
 *
 * Promise   texts are never NULL; times are microseconds UTC, 0 when absent.
 * Memory    borrows its title.
 * Threads   any. */
#ifndef ASSIGN_CORE_GRID_CHANGE_H
#define ASSIGN_CORE_GRID_CHANGE_H

#include "assign/core/change_fsm.h"

/* The numbers of paidan.assign.v1.MapLayer; the first four are layers of grids. */
enum change_layer { LAYER_UNIT = 1, LAYER_SPECIAL = 4, LAYER_TOWN = 5, LAYER_COMMUNITY = 6 };

/* The numbers of paidan.assign.v1.ChangeMode. */
enum change_mode { MODE_AMEND = 1, MODE_WHOLE };

/* The column act of a staged feature. */
enum feature_act { FEATURE_ADDED = 1, FEATURE_CHANGED, FEATURE_CLOSED, FEATURE_UNCHANGED };

/* What a check counted. */
struct change_counts {
    int32_t added, changed, closed, unchanged, faults, overlaps, gaps;
    int32_t households_moved, workers_moved, orders_moved, recipients_moved;
};

struct grid_change {
    uint8_t id[16];
    int64_t version; /* of the last event */
    enum change_kind kind;
    enum change_layer layer;
    enum change_mode mode;
    const char *title;
    double tolerance_m2;
    bool accept_findings;
    enum change_state state;
    enum change_verdict verdict;
    int32_t check_seq; /* rises with everything that makes an earlier check's result worthless */
    int32_t progress;
    int64_t map_version; /* that the last check saw */
    int32_t parts;
    int64_t bytes;
    struct change_counts counts;
    int64_t valid_from_us, created_at_us, updated_at_us, checked_at_us, applied_at_us;
};

#endif
