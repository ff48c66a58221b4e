/* survey_inner.h - what the parts of a survey share (inside this room only) */
#ifndef ASSIGN_SHELL_SURVEY_INNER_H
#define ASSIGN_SHELL_SURVEY_INNER_H

#include "assign/shell/survey.h"

/* Shapes of one division stand together, because its code begins theirs. */
struct survey_group {
    const char *parent;
    GEOSGeometry *united;
};

struct survey {
    GEOSContextHandle_t geos;
    struct survey_layer layer;
    struct change_faults *faults;
    GEOSSTRtree *tree;           /* of pointers into layer.shapes */
    struct survey_group *groups; /* by code of the division */
    size_t group_count;
    GEOSGeometry *united; /* all of them */
};

static inline bool survey_is_new(const struct shape *shape) {
    return shape->act == FEATURE_ADDED || shape->act == FEATURE_CHANGED;
}

#endif
