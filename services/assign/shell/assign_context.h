/* assign_context.h - what a thread of assign keeps: the city and the key of what is personal
 *
 * Use       assign_prepare(), assign_halt(), assign_dispose(), assign_open() and assign_close() are those of the ops.
 *           assign_context_of_batch() and assign_context_of_query() while they run.
 * Fails     PD_BROKEN: GEOS does not start, or PAIDAN_KEY_FILE holds no key. Never a default key: what it sealed could be read by
 *           anybody.
 * Memory    owned by the engine between open and close; the key is wiped at close.
 * Threads   one context a thread. */
#ifndef ASSIGN_SHELL_ASSIGN_CONTEXT_H
#define ASSIGN_SHELL_ASSIGN_CONTEXT_H

#include "assign/shell/city.h"
#include "common/domain/seal.h"
#include "common/relay/engine.h"

/* What writer and reader share. */
struct assign_shared {
    struct map_keeper *map;
    struct gazetteer_live *places;
    struct place_finder *finder;
    struct change_clerk *clerk;
};

struct assign_context {
    const struct assign_shared *shared;
    struct city *city;
    struct gazetteer_scratch *scratch; /* for matching, made at its first use */
    uint8_t kek[SEAL_KEY];
};

enum pd_fate assign_prepare(const struct conf *conf, struct bus *bus, void **ret_shared, struct pd_err *reterr);
void assign_halt(void *context);
void assign_dispose(void *context);
enum pd_fate assign_open(const struct conf *conf, void *shared, bool for_reader, void **ret_context,
                         struct pd_err *reterr);
void assign_close(void *context);

struct assign_context *assign_context_of_batch(const struct batch *batch);
struct assign_context *assign_context_of_query(struct query *query);

#endif
