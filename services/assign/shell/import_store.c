#include "assign/shell/import_store.h"

#include <geos_c.h>
#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/ring.h"
#include "sql/assign_sql.h"

struct accepted_import {
    const Paidan__Assign__V1__ImportCityRequest *request;
    struct accepted_import *next;
};

/* ---- taking over */

static bool is_same(const struct known_grid *known, const struct known_grid *given, bool says_when) {
    return known->layer == given->layer && strcmp(known->community, given->community) == 0 &&
           strcmp(known->name, given->name) == 0 && known->length == given->length &&
           memcmp(known->outline, given->outline, given->length) == 0 &&
           (!says_when || known->valid_from_us == given->valid_from_us);
}

static bool accept_grid(struct batch *batch, struct assign_import *import, GEOSContextHandle_t geos,
                        const Paidan__Assign__V1__Grid *g) {
    char words[RING_FAULT_MAX];
    uint8_t *outline = NULL;
    struct known_grid given = {.code = g->code,
                               .community = g->community,
                               .name = g->name,
                               .layer = (int16_t)g->layer,
                               .valid_from_us =
                                   g->valid_from == NULL ? batch_now_us(batch) : assign_time_us(g->valid_from),
                               .version = 1,
                               .changed = true};
    struct code_entry *entry = code_map_find(&import->grids, g->code);
    if (entry == NULL || !ring_check(geos, g->ring, g->n_ring, batch_arena(batch), &outline, &given.length, words)) {
        return false;
    }
    given.outline = outline;
    ring_bounds(g->ring, g->n_ring, given.bounds);
    struct known_grid *known = entry->known;
    if (known != NULL && is_same(known, &given, g->valid_from != NULL)) {
        return true;
    }
    given.version = known == NULL ? 1 : known->changed ? known->version : known->version + 1;
    if (known == NULL || !known->changed) {
        known = entry->known = batch_alloc(batch, sizeof *known);
        if (known == NULL) {
            return false;
        }
        *import->changed_end = known;
        import->changed_end = &known->next;
    }
    given.next = known->next;
    *known = given;
    return true;
}

bool import_accept(struct batch *batch, struct assign_import *import, void *geos,
                   const Paidan__Assign__V1__ImportCityRequest *request) {
    struct accepted_import *accepted = batch_alloc(batch, sizeof *accepted);
    for (size_t i = 0; accepted != NULL && i < request->n_grids; i++) {
        if (!accept_grid(batch, import, geos, request->grids[i])) {
            return false;
        }
    }
    if (accepted != NULL) {
        accepted->request = request;
        *import->accepted_end = accepted;
        import->accepted_end = &accepted->next;
    }
    return accepted != NULL;
}

/* ---- writing; nothing is queued for tables without rows */

enum { COLUMNS_MAX = 11 };

struct columns {
    struct pg_array arrays[COLUMNS_MAX];
    size_t count;
};

static void begin(struct columns *columns, struct pd_arena *arena, const enum pg_type *types, size_t count) {
    columns->count = count;
    for (size_t i = 0; i < count; i++) {
        pg_array_init(&columns->arrays[i], arena, types[i]);
    }
}

/* now_us: a last parameter; 0: none. */
static enum pd_fate send(struct pg *pg, struct columns *columns, size_t count, const char *sql, int64_t now_us,
                         struct pd_err *reterr) {
    struct pg_args args;
    if (columns->arrays[0].count == 0) {
        return PD_OK;
    }
    pg_args_init(&args, columns->arrays[0].arena);
    for (size_t i = 0; i < count; i++) {
        pg_arg_array(&args, &columns->arrays[i]);
    }
    if (now_us != 0) {
        pg_arg_time(&args, now_us);
    }
    return pg_queue(pg, sql, &args, reterr);
}

static enum pd_fate save_divisions(struct pg *pg, struct pd_arena *arena, const struct assign_import *import,
                                   struct pd_err *reterr) {
    static const enum pg_type types[] = {PG_TEXT, PG_TEXT, PG_INT2, PG_TEXT};
    struct columns columns;
    begin(&columns, arena, types, 4);
    for (const struct accepted_import *a = import->accepted; a != NULL; a = a->next) {
        for (size_t i = 0; i < a->request->n_divisions; i++) {
            const Paidan__Assign__V1__Division *d = a->request->divisions[i];
            pg_array_text(&columns.arrays[0], d->code);
            pg_array_text(&columns.arrays[1], d->name);
            pg_array_int2(&columns.arrays[2], (int16_t)d->level);
            pg_array_text(&columns.arrays[3], d->parent[0] == '\0' ? NULL : d->parent);
        }
    }
    return send(pg, &columns, 4, SQL_UPSERT_DIVISIONS, 0, reterr);
}

/* "a,b,c"; skills hold no comma. NULL: no memory. */
static char *joined_skills(struct pd_arena *arena, const Paidan__Assign__V1__Worker *worker) {
    char *joined = pd_alloc(arena, WORKER_SKILLS_MAX * (SKILL_MAX + 1) + 1), *end = joined;
    for (size_t i = 0; joined != NULL && i < worker->n_skills; i++) {
        end = stpcpy(end, i == 0 ? "" : ",");
        end = stpcpy(end, worker->skills[i]);
    }
    return joined;
}

static enum pd_fate save_workers(struct pg *pg, struct pd_arena *arena, const struct assign_import *import,
                                 struct pd_err *reterr) {
    static const enum pg_type types[] = {PG_TEXT, PG_TEXT, PG_TEXT};
    struct columns columns;
    begin(&columns, arena, types, 3);
    for (const struct accepted_import *a = import->accepted; a != NULL; a = a->next) {
        for (size_t i = 0; i < a->request->n_workers; i++) {
            pg_array_text(&columns.arrays[0], a->request->workers[i]->id);
            pg_array_text(&columns.arrays[1], a->request->workers[i]->name);
            pg_array_text(&columns.arrays[2], joined_skills(arena, a->request->workers[i]));
        }
    }
    return send(pg, &columns, 3, SQL_UPSERT_WORKERS, 0, reterr);
}

static enum pd_fate save_service_skills(struct pg *pg, struct pd_arena *arena, const struct assign_import *import,
                                        struct pd_err *reterr) {
    static const enum pg_type types[] = {PG_TEXT, PG_TEXT};
    struct columns columns;
    begin(&columns, arena, types, 2);
    for (const struct accepted_import *a = import->accepted; a != NULL; a = a->next) {
        for (size_t i = 0; i < a->request->n_service_skills; i++) {
            pg_array_text(&columns.arrays[0], a->request->service_skills[i]->prefix);
            pg_array_text(&columns.arrays[1], a->request->service_skills[i]->skill);
        }
    }
    return send(pg, &columns, 2, SQL_UPSERT_SERVICE_SKILLS, 0, reterr);
}

static enum pd_fate save_grids(struct pg *pg, struct pd_arena *arena, const struct assign_import *import,
                               int64_t now_us, struct pd_err *reterr) {
    static const enum pg_type types[] = {PG_TEXT,        PG_INT8,   PG_INT2,   PG_TEXT,   PG_TEXT,  PG_BYTEA,
                                         PG_TIMESTAMPTZ, PG_FLOAT8, PG_FLOAT8, PG_FLOAT8, PG_FLOAT8};
    static const enum pg_type key_types[] = {PG_TEXT, PG_TIMESTAMPTZ};
    struct columns columns, keys;
    begin(&columns, arena, types, 11);
    begin(&keys, arena, key_types, 2);
    for (const struct known_grid *g = import->changed; g != NULL; g = g->next) {
        pg_array_text(&columns.arrays[0], g->code);
        pg_array_int8(&columns.arrays[1], g->version);
        pg_array_int2(&columns.arrays[2], g->layer);
        pg_array_text(&columns.arrays[3], g->community);
        pg_array_text(&columns.arrays[4], g->name);
        pg_array_bytea(&columns.arrays[5], g->outline, g->length);
        pg_array_time(&columns.arrays[6], g->valid_from_us);
        for (size_t i = 0; i < 4; i++) {
            pg_array_float8(&columns.arrays[7 + i], g->bounds[i]);
        }
        pg_array_text(&keys.arrays[0], g->code);
        pg_array_time(&keys.arrays[1], g->valid_from_us);
    }
    enum pd_fate fate = send(pg, &keys, 2, SQL_SUPERSEDE_GRIDS, now_us, reterr);
    if (fate == PD_OK) {
        fate = send(pg, &keys, 2, SQL_SHORTEN_GRIDS, now_us, reterr);
    }
    fate = fate == PD_OK ? send(pg, &columns, 11, SQL_INSERT_GRIDS, now_us, reterr) : fate;
    /* Who lies in what was drawn anew is looked at by the tick, as after a grid change. */
    fate = fate == PD_OK ? send(pg, &keys, 1, SQL_WAKE_ORDERS_OF_GRIDS, now_us, reterr) : fate;
    return fate == PD_OK ? send(pg, &keys, 1, SQL_WAKE_RECIPIENTS_OF_GRIDS, 0, reterr) : fate;
}

static enum pd_fate save_grid_workers(struct pg *pg, struct pd_arena *arena, const struct assign_import *import,
                                      int64_t now_us, struct pd_err *reterr) {
    static const enum pg_type types[] = {PG_TEXT, PG_TEXT, PG_INT2, PG_BOOL};
    struct columns columns;
    begin(&columns, arena, types, 4);
    for (const struct accepted_import *a = import->accepted; a != NULL; a = a->next) {
        for (size_t i = 0; i < a->request->n_grid_workers; i++) {
            const Paidan__Assign__V1__GridWorker *w = a->request->grid_workers[i];
            pg_array_text(&columns.arrays[0], w->grid);
            pg_array_text(&columns.arrays[1], w->worker_id);
            pg_array_int2(&columns.arrays[2], (int16_t)w->accountability);
            pg_array_bool(&columns.arrays[3], w->ends);
        }
    }
    enum pd_fate fate = send(pg, &columns, 4, SQL_END_GRID_WORKERS, now_us, reterr);
    return fate == PD_OK ? send(pg, &columns, 4, SQL_INSERT_GRID_WORKERS, now_us, reterr) : fate;
}

static enum pd_fate save_shifts(struct pg *pg, struct pd_arena *arena, const struct assign_import *import,
                                struct pd_err *reterr) {
    static const enum pg_type types[] = {PG_TEXT, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ};
    struct columns columns;
    begin(&columns, arena, types, 3);
    for (const struct accepted_import *a = import->accepted; a != NULL; a = a->next) {
        for (size_t i = 0; i < a->request->n_shifts; i++) {
            const Paidan__Assign__V1__Shift *s = a->request->shifts[i];
            pg_array_text(&columns.arrays[0], s->worker_id);
            pg_array_time(&columns.arrays[1], assign_time_us(s->from));
            pg_array_time(&columns.arrays[2], assign_time_us(s->to));
        }
    }
    return send(pg, &columns, 3, SQL_UPSERT_SHIFTS, 0, reterr);
}

static bool changes_people(const struct assign_import *import) {
    const struct accepted_import *a = import->accepted;
    while (a != NULL &&
           a->request->n_workers + a->request->n_grid_workers + a->request->n_shifts + a->request->n_service_skills ==
               0) {
        a = a->next;
    }
    return a != NULL;
}

static bool changes_divisions(const struct assign_import *import) {
    const struct accepted_import *a = import->accepted;
    while (a != NULL && a->request->n_divisions == 0) {
        a = a->next;
    }
    return a != NULL;
}

/* Those whose shifts changed are to be read anew. */
static enum pd_fate stamp_workers(struct pg *pg, struct pg_array *workers, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, workers->arena);
    pg_arg_array(&args, workers);
    return pg_queue(pg, SQL_STAMP_WORKERS, &args, reterr);
}

/* The snapshots in memory are old now, and somebody may be on duty where nobody was. */
static enum pd_fate tell(struct pg *pg, struct pd_arena *arena, const struct assign_import *import, int64_t now_us,
                         struct pd_err *reterr) {
    static const enum pg_type types[] = {PG_TEXT, PG_TEXT};
    struct columns columns;
    struct pg_args args;
    begin(&columns, arena, types, 2);
    for (const struct accepted_import *a = import->accepted; a != NULL; a = a->next) {
        for (size_t i = 0; i < a->request->n_grid_workers; i++) {
            pg_array_text(&columns.arrays[0], a->request->grid_workers[i]->grid);
        }
        for (size_t i = 0; i < a->request->n_shifts; i++) {
            pg_array_text(&columns.arrays[1], a->request->shifts[i]->worker_id);
        }
    }
    pg_args_init(&args, arena);
    pg_arg_bool(&args, import->changed != NULL || changes_divisions(import));
    pg_arg_bool(&args, import->changed != NULL || changes_people(import)); /* a new grid begins its log */
    enum pd_fate fate = columns.arrays[1].count == 0 ? PD_OK : stamp_workers(pg, &columns.arrays[1], reterr);
    fate = fate == PD_OK ? pg_queue(pg, SQL_RAISE_CITY_VERSION, &args, reterr) : fate;
    if (fate != PD_OK || columns.arrays[0].count + columns.arrays[1].count == 0) {
        return fate;
    }
    pg_args_init(&args, arena);
    pg_arg_array(&args, &columns.arrays[0]);
    pg_arg_array(&args, &columns.arrays[1]);
    pg_arg_time(&args, now_us);
    return pg_queue(pg, SQL_WAKE_QUEUE, &args, reterr);
}

enum pd_fate import_save(struct batch *batch, const struct assign_import *import, struct pg *pg,
                         struct pd_err *reterr) {
    struct pd_arena *arena = batch_arena(batch);
    int64_t now_us = batch_now_us(batch);
    if (import->accepted == NULL) {
        return PD_OK;
    }
    enum pd_fate fate = save_divisions(pg, arena, import, reterr);
    fate = fate == PD_OK ? save_workers(pg, arena, import, reterr) : fate;
    fate = fate == PD_OK ? save_grids(pg, arena, import, now_us, reterr) : fate;
    fate = fate == PD_OK ? save_grid_workers(pg, arena, import, now_us, reterr) : fate;
    fate = fate == PD_OK ? save_shifts(pg, arena, import, reterr) : fate;
    fate = fate == PD_OK ? save_service_skills(pg, arena, import, reterr) : fate;
    return fate == PD_OK ? tell(pg, arena, import, now_us, reterr) : fate;
}
