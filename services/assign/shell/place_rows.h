/* place_rows.h - known places between messages and rows
 *
 * Fails     NULL, false: no memory. *_queue() and *_save() as pg_queue().
 * Memory    the arena's.
 * Threads   any. */
#ifndef ASSIGN_SHELL_PLACE_ROWS_H
#define ASSIGN_SHELL_PLACE_ROWS_H

#include "assign/core/address_score.h"
#include "common/io/pg.h"
#include "paidan/assign/v1/assign.pb-c.h"

/* An import that is to be written. */
struct place_accepted {
    const Paidan__Assign__V1__ImportPlacesRequest *request;
    uint8_t (*ids)[16]; /* of each row */
    struct place_accepted *next;
};

/* What places are looked up by before an import. */
struct place_keys {
    struct pd_arena *arena;
    struct pg_array arrays[6];
};

void place_keys_init(struct place_keys *keys, struct pd_arena *arena);
void place_keys_add(struct place_keys *keys, const Paidan__Assign__V1__Place *place);
enum pd_fate place_keys_queue(struct place_keys *keys, struct pg *pg, struct pd_err *reterr);

/* What makes a place one, as a text. */
const char *place_key(struct pd_arena *arena, int kind, const char *name, const char *division, int32_t number_from,
                      int parity);

enum pd_fate place_rows_save(const struct place_accepted *list, struct pg *pg, struct pd_arena *arena, int64_t now_us,
                             struct pd_err *reterr);

/* A row of read_places, list_places or get_order_address; column: where its id stands. */
Paidan__Assign__V1__Place *place_row(struct pd_arena *arena, const struct pg_result *rows, int row, int column);

#endif
