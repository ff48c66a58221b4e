/* import_check.h - what is wrong with an import
 *
 * Promise   every fault is counted, the first IMPORT_FAULTS_MAX are told with the row and its code.
 * Memory    the caller's zeroed struct.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_IMPORT_CHECK_H
#define ASSIGN_SHELL_IMPORT_CHECK_H

#include "assign/shell/assign_import.h"
#include "paidan/assign/v1/assign.pb-c.h"

enum { IMPORT_DETAIL_MAX = 6000 };

struct import_faults {
    size_t count, length;
    char text[IMPORT_DETAIL_MAX];
};

/* claim: under which the command's own codes are in the maps. geos: a GEOSContextHandle_t. */
void import_check(struct import_faults *faults, const struct assign_import *import, unsigned claim, void *geos,
                  const Paidan__Assign__V1__ImportCityRequest *request);

/* For the one who sent it; once. */
const char *import_faults_text(struct import_faults *faults);

#endif
