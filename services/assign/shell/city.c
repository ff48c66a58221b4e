#include "assign/shell/city.h"

#include <assert.h>
#include <geos_c.h>
#include <stdlib.h>
#include <string.h>

#include "assign/shell/ring.h"
#include "common/base/arena.h"

enum { ARENA_BLOCK = 1 << 20 };
static const size_t arena_max = (size_t)1 << 30;

/* A grid and what only the lookup needs. */
struct place {
    struct city_grid grid;
    uint32_t rank; /* lowest wins */
    GEOSGeometry *outline;
    const GEOSPreparedGeometry *prepared;
};

struct snapshot {
    struct pd_arena texts;
    struct place *places;
    struct city_worker *workers;
    struct city_post *posts;
    struct duty_span *spans;
    size_t place_count, place_max, worker_count, worker_max, post_count, post_max, span_count, span_max;
    GEOSSTRtree *tree;
    int64_t version, fresh_until_us;
};

struct city {
    GEOSContextHandle_t geos;
    struct snapshot *now, *next;
};

static void snapshot_free(struct city *city, struct snapshot *snapshot) {
    if (snapshot == NULL) {
        return;
    }
    for (size_t i = 0; i < snapshot->place_count; i++) {
        GEOSPreparedGeom_destroy_r(city->geos, snapshot->places[i].prepared);
        GEOSGeom_destroy_r(city->geos, snapshot->places[i].outline);
    }
    if (snapshot->tree != NULL) {
        GEOSSTRtree_destroy_r(city->geos, snapshot->tree);
    }
    pd_arena_fini(&snapshot->texts);
    free(snapshot);
}

struct city *city_new(void) {
    struct city *city = calloc(1, sizeof *city);
    if (city != NULL) {
        city->geos = GEOS_init_r();
    }
    if (city == NULL || city->geos == NULL) {
        free(city);
        return NULL;
    }
    return city;
}

void city_free(struct city *city) {
    if (city == NULL) {
        return;
    }
    snapshot_free(city, city->now);
    snapshot_free(city, city->next);
    GEOS_finish_r(city->geos);
    free(city);
}

void *city_geos(struct city *city) {
    return city->geos;
}

bool city_is_stale(const struct city *city, int64_t version, int64_t now_us) {
    return city->now == NULL || city->now->version != version || now_us >= city->now->fresh_until_us;
}

/* ---- filling */

bool city_begin(struct city *city, size_t grids, size_t workers, size_t posts, size_t shifts) {
    snapshot_free(city, city->next);
    struct snapshot *next = city->next = calloc(1, sizeof *next);
    if (next == NULL) {
        return false;
    }
    pd_arena_init(&next->texts, ARENA_BLOCK, arena_max);
    next->place_max = grids;
    next->worker_max = workers;
    next->post_max = posts;
    next->span_max = shifts;
    next->places = pd_alloc_array(&next->texts, grids, sizeof *next->places);
    next->workers = pd_alloc_array(&next->texts, workers, sizeof *next->workers);
    next->posts = pd_alloc_array(&next->texts, posts, sizeof *next->posts);
    next->spans = pd_alloc_array(&next->texts, shifts, sizeof *next->spans);
    next->tree = GEOSSTRtree_create_r(city->geos, 10);
    return next->places != NULL && next->workers != NULL && next->posts != NULL && next->spans != NULL &&
           next->tree != NULL;
}

bool city_add_worker(struct city *city, const char *id) {
    struct snapshot *next = city->next;
    assert(next->worker_count < next->worker_max);
    struct city_worker *worker = &next->workers[next->worker_count];
    assert(next->worker_count == 0 || strcmp(worker[-1].id, id) < 0);
    *worker = (struct city_worker){.id = pd_strdup(&next->texts, id), .index = next->worker_count};
    next->worker_count++;
    return worker->id != NULL;
}

static int compare_worker(const void *id, const void *worker) {
    return strcmp(id, ((const struct city_worker *)worker)->id);
}

static struct city_worker *find_worker(const struct snapshot *snapshot, const char *id) {
    return bsearch(id, snapshot->workers, snapshot->worker_count, sizeof *snapshot->workers, compare_worker);
}

static int compare_place(const void *code, const void *place) {
    return strcmp(code, ((const struct place *)place)->grid.code);
}

static struct place *find_place(const struct snapshot *snapshot, const char *code) {
    return bsearch(code, snapshot->places, snapshot->place_count, sizeof *snapshot->places, compare_place);
}

bool city_add_shift(struct city *city, const char *worker_id, int64_t from_us, int64_t to_us) {
    struct snapshot *next = city->next;
    struct city_worker *worker = find_worker(next, worker_id);
    assert(next->span_count < next->span_max && from_us < to_us);
    if (worker == NULL) {
        return true; /* came after the list of workers was read; the next version has both */
    }
    struct duty_span *span = &next->spans[next->span_count++];
    *span = (struct duty_span){from_us, to_us};
    if (worker->span_count == 0) {
        worker->spans = span;
    }
    assert(worker->spans + worker->span_count == span);
    worker->span_count++;
    return true;
}

bool city_add_grid(struct city *city, const struct city_grid *grid, const uint8_t *wkb, size_t length) {
    struct snapshot *next = city->next;
    assert(next->place_count < next->place_max);
    struct place *place = &next->places[next->place_count];
    assert(next->place_count == 0 || strcmp(place[-1].grid.code, grid->code) < 0);
    place->grid = *grid;
    place->grid.code = pd_strdup(&next->texts, grid->code);
    place->grid.name = pd_strdup(&next->texts, grid->name);
    place->grid.community = pd_strdup(&next->texts, grid->community);
    place->grid.posts = NULL;
    place->grid.post_count = 0;
    place->outline = ring_geometry(city->geos, wkb, length);
    place->prepared = place->outline == NULL ? NULL : GEOSPrepare_r(city->geos, place->outline);
    next->place_count++;
    if (next->texts.full || place->prepared == NULL) {
        return false;
    }
    GEOSSTRtree_insert_r(city->geos, next->tree, place->outline, place);
    return true;
}

bool city_add_post(struct city *city, const char *grid, const char *worker_id, enum accountability accountability) {
    struct snapshot *next = city->next;
    struct city_worker *worker = find_worker(next, worker_id);
    struct place *place = find_place(next, grid);
    assert(next->post_count < next->post_max);
    if (worker == NULL || place == NULL) {
        return true; /* of a grid that is not valid now */
    }
    struct city_post *post = &next->posts[next->post_count++];
    *post = (struct city_post){worker, accountability};
    if (place->grid.post_count == 0) {
        place->grid.posts = post;
    }
    assert(place->grid.posts + place->grid.post_count == post);
    place->grid.post_count++;
    return true;
}

static int compare_rank(const void *left, const void *right) {
    const struct place *const *a = left, *const *b = right;
    bool empty_a = (*a)->grid.post_count == 0, empty_b = (*b)->grid.post_count == 0;
    if (empty_a != empty_b) {
        return empty_a ? 1 : -1;
    }
    if ((*a)->grid.layer != (*b)->grid.layer) {
        return (*a)->grid.layer < (*b)->grid.layer ? -1 : 1;
    }
    return strcmp((*a)->grid.code, (*b)->grid.code);
}

static void ignore_item(void *item, void *context) {
    (void)item;
    (void)context;
}

bool city_finish(struct city *city, int64_t version, int64_t fresh_until_us) {
    struct snapshot *next = city->next;
    struct place **order = calloc(next->place_count + 1, sizeof *order);
    if (order == NULL) {
        return false;
    }
    for (size_t i = 0; i < next->place_count; i++) {
        order[i] = &next->places[i];
    }
    qsort(order, next->place_count, sizeof(struct place *), compare_rank);
    for (size_t i = 0; i < next->place_count; i++) {
        order[i]->rank = (uint32_t)i;
    }
    free(order);
    for (size_t i = 0; i < next->worker_count; i++) {
        next->workers[i].span_count = duty_merge(next->workers[i].spans, next->workers[i].span_count);
    }
    /* The first query builds the tree: better now than under the first order. */
    GEOSGeometry *nowhere = GEOSGeom_createPointFromXY_r(city->geos, 0, 0);
    if (nowhere != NULL && next->place_count > 0) {
        GEOSSTRtree_query_r(city->geos, next->tree, nowhere, ignore_item, NULL);
    }
    GEOSGeom_destroy_r(city->geos, nowhere);
    next->version = version;
    next->fresh_until_us = fresh_until_us;
    snapshot_free(city, city->now);
    city->now = next;
    city->next = NULL;
    return true;
}

/* ---- looking up */

struct look {
    GEOSContextHandle_t geos;
    const GEOSGeometry *point;
    const struct place *best;
};

static void look_at(void *item, void *context) {
    const struct place *place = item;
    struct look *look = context;
    if ((look->best == NULL || place->rank < look->best->rank) &&
        GEOSPreparedIntersects_r(look->geos, place->prepared, look->point) == 1) {
        look->best = place;
    }
}

const struct city_grid *city_locate(struct city *city, double lat, double lng) {
    if (city->now == NULL || city->now->place_count == 0) {
        return NULL;
    }
    GEOSGeometry *point = GEOSGeom_createPointFromXY_r(city->geos, lng, lat);
    if (point == NULL) {
        return NULL;
    }
    struct look look = {city->geos, point, NULL};
    GEOSSTRtree_query_r(city->geos, city->now->tree, point, look_at, &look);
    GEOSGeom_destroy_r(city->geos, point);
    return look.best == NULL ? NULL : &look.best->grid;
}

const struct city_grid *city_grid(const struct city *city, const char *code) {
    const struct place *place = city->now == NULL ? NULL : find_place(city->now, code);
    return place == NULL ? NULL : &place->grid;
}

const struct city_worker *city_worker(const struct city *city, const char *id) {
    return city->now == NULL ? NULL : find_worker(city->now, id);
}

size_t city_worker_count(const struct city *city) {
    return city->now == NULL ? 0 : city->now->worker_count;
}

size_t city_grid_count(const struct city *city) {
    return city->now == NULL ? 0 : city->now->place_count;
}

bool city_on_duty(const struct city_worker *worker, int64_t at_us) {
    return duty_at(worker->spans, worker->span_count, at_us);
}

int64_t city_next_duty(const struct city_grid *grid, int64_t at_us) {
    int64_t first_us = 0;
    for (size_t i = 0; i < grid->post_count; i++) {
        int64_t next_us = duty_next(grid->posts[i].worker->spans, grid->posts[i].worker->span_count, at_us);
        if (next_us != 0 && (first_us == 0 || next_us < first_us)) {
            first_us = next_us;
        }
    }
    return first_us;
}

size_t city_candidates(const struct city_grid *grid, int64_t at_us, struct pick_candidate ret[CITY_POSTS_MAX]) {
    size_t count = grid->post_count < CITY_POSTS_MAX ? grid->post_count : CITY_POSTS_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct city_post *post = &grid->posts[i];
        ret[i] = (struct pick_candidate){.worker_id = post->worker->id,
                                         .accountability = post->accountability,
                                         .on_duty = city_on_duty(post->worker, at_us)};
    }
    return count;
}
