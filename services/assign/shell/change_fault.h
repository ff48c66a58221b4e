/* change_fault.h - what a check of a grid change finds, each with where it lies
 *
 * Use       change_fault() or change_fault_at() for each; then read the list.
 * Promise   all are counted, the first CHANGE_FAULTS_KEPT are kept. Overlaps, gaps and overhangs are findings: real data has them,
 *           so a change may accept them.
 * Fails     never: what the arena has no room for is only counted.
 * Memory    the arena's; details are cut to CHANGE_DETAIL_MAX bytes.
 * Threads   one at a time. */
#ifndef ASSIGN_SHELL_CHANGE_FAULT_H
#define ASSIGN_SHELL_CHANGE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"

enum { CHANGE_FAULTS_KEPT = 10000, CHANGE_DETAIL_MAX = 240 };

/* The numbers of paidan.assign.v1.ChangeFaultKind. */
enum fault_kind {
    FAULT_GEOJSON = 1,
    FAULT_CRS,
    FAULT_COORDINATES,
    FAULT_GEOMETRY,
    FAULT_CODE,
    FAULT_NAME,
    FAULT_PARENT,
    FAULT_DUPLICATE,
    FAULT_REPLACES,
    FAULT_POST,
    FAULT_TOO_MANY,
    FINDING_OVERLAP = 20,
    FINDING_GAP,
    FINDING_OVERHANG
};

struct change_fault {
    enum fault_kind kind;
    int32_t feature; /* -1: of none */
    const char *code, *other, *detail;
    double lng, lat, area_m2; /* zeros: nowhere in particular */
    const uint8_t *outline;   /* WKB; NULL: none */
    size_t length;
    struct change_fault *next;
};

struct change_faults {
    struct pd_arena *arena;
    struct change_fault *first, **end;
    size_t kept, count, overlaps, gaps; /* count: all that are no findings; gaps: overhangs too */
};

void change_faults_init(struct change_faults *faults, struct pd_arena *arena);

/* NULL: only counted. code may be NULL; it is copied and cut when it is no code. */
struct change_fault *change_fault(struct change_faults *faults, enum fault_kind kind, int32_t feature, const char *code,
                                  const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
