/* import_store.h - an accepted import into the batch's list, and the list into the database
 *
 * Fails     import_accept() false: no memory.
 * Memory    of the batch.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_IMPORT_STORE_H
#define ASSIGN_SHELL_IMPORT_STORE_H

#include "assign/shell/assign_import.h"
#include "paidan/assign/v1/assign.pb-c.h"

/* A grid as the database or this batch has it last. */
struct known_grid {
    const char *code, *community, *name;
    const uint8_t *outline; /* WKB */
    size_t length;
    double bounds[4]; /* west, south, east, north; of what is given only */
    int16_t layer;
    int64_t valid_from_us;
    int64_t version;
    bool changed; /* by this batch */
    struct known_grid *next;
};

/* geos: a GEOSContextHandle_t. */
bool import_accept(struct batch *batch, struct assign_import *import, void *geos,
                   const Paidan__Assign__V1__ImportCityRequest *request);

#endif
