#include "assign/shell/assign_context.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "assign/shell/change_clerk.h"
#include "assign/shell/gazetteer_live.h"
#include "assign/shell/map_keeper.h"
#include "assign/shell/place_finder.h"
#include "common/io/key_file.h"

static_assert((int)SEAL_KEY == (int)KEY_FILE_BYTES, "the file holds one key");

enum pd_fate assign_prepare(const struct conf *conf, struct bus *bus, void **ret_shared, struct pd_err *reterr) {
    struct assign_shared *shared = calloc(1, sizeof *shared);
    if (shared == NULL) {
        return pd_fail(reterr, PD_RETRY, "ENOMEM", "prepare assign: out of memory");
    }
    *ret_shared = shared;
    enum pd_fate fate = map_keeper_start(conf->pg_conninfo, &shared->map, reterr);
    fate = fate == PD_OK ? change_clerk_start(conf->pg_conninfo, &shared->clerk, reterr) : fate;
    fate = fate == PD_OK ? gazetteer_live_start(conf->pg_conninfo, &shared->places, reterr) : fate;
    return fate == PD_OK ? place_finder_start(conf->pg_conninfo, bus, shared->places, &shared->finder, reterr) : fate;
}

void assign_halt(void *context) {
    struct assign_shared *shared = context;
    place_finder_stop(shared->finder);
    shared->finder = NULL;
}

void assign_dispose(void *context) {
    struct assign_shared *shared = context;
    gazetteer_live_stop(shared->places);
    change_clerk_stop(shared->clerk);
    map_keeper_stop(shared->map);
    free(shared);
}

enum pd_fate assign_open(const struct conf *conf, void *shared, bool for_reader, void **ret_context,
                         struct pd_err *reterr) {
    (void)for_reader;
    if (sodium_init() < 0) {
        return pd_fail(reterr, PD_BROKEN, "SODIUM", "no source of randomness");
    }
    struct assign_context *context = calloc(1, sizeof *context);
    if (context == NULL) {
        return pd_fail(reterr, PD_RETRY, "ENOMEM", "open assign: out of memory");
    }
    context->shared = shared;
    context->city = city_new(context->shared->map);
    enum pd_fate fate = context->city == NULL ? pd_fail(reterr, PD_BROKEN, "GEOS", "cannot start GEOS")
                                              : key_file_read(conf->key_file, context->kek, reterr);
    if (fate != PD_OK) {
        assign_close(context);
        return fate;
    }
    *ret_context = context;
    return PD_OK;
}

void assign_close(void *context) {
    if (context != NULL) {
        city_free(((struct assign_context *)context)->city);
        gazetteer_scratch_free(((struct assign_context *)context)->scratch);
        sodium_memzero(context, sizeof(struct assign_context));
        free(context);
    }
}

struct assign_context *assign_context_of_batch(const struct batch *batch) {
    return batch_context(batch);
}

struct assign_context *assign_context_of_query(struct query *query) {
    return query_context(query);
}
