/* survey.h - a whole layer looked at: what overlaps, what gapes, what reaches beyond its division
 *
 * Use       survey_new() with the layer as it will be, sorted by code; survey_overlaps(), survey_gaps(); survey_find() for points;
 *           survey_free().
 * Promise   only what the change is about is told: an overlap of two outlines that both stay as they are is not, nor a gap that no new
 *           outline touches and nothing leaves behind. Against the outline of the division where there is one, else as holes of
 *           the layer. Nothing up to the tolerance is told.
 * Fails     false: GEOS or memory failed; the check is to be done again.
 * Memory    borrows the shapes; what is told lives in the faults' arena.
 * Threads   one at a time per GEOS handle. */
#ifndef ASSIGN_SHELL_SURVEY_H
#define ASSIGN_SHELL_SURVEY_H

#include "assign/shell/shape.h"

struct survey;

/* A division around shapes of the layer. */
struct survey_parent {
    const char *code;
    struct shape *outline; /* NULL: is not known */
};

struct survey_layer {
    struct shape **shapes; /* by code */
    size_t count;
    struct survey_parent
        *parents; /* of those shapes that the change touches; each code is the beginning of its shapes' codes */
    size_t parent_count;
    struct shape **removed; /* what ends or leaves its place */
    size_t removed_count;
    double tolerance_m2;
    bool whole; /* everything is told */
};

struct survey *survey_new(GEOSContextHandle_t geos, const struct survey_layer *layer, struct change_faults *faults);
void survey_free(struct survey *survey);

bool survey_overlaps(struct survey *survey);
bool survey_gaps(struct survey *survey);
/* Of all shapes that hold or touch the point the one with the lowest code; NULL: none. */
struct shape *survey_find(struct survey *survey, double lat, double lng);

#endif
