#include "assign/shell/people.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"

enum { ARENA_BLOCK = 1 << 18 };
static const size_t arena_max = (size_t)1 << 30;

struct people {
    struct pd_arena texts;
    struct worker *workers;
    struct post *posts;
    struct posts *grids;
    struct duty_span *spans;
    size_t worker_count, worker_max, post_count, post_max, grid_count, span_count, span_max;
};

struct people *people_new(size_t workers, size_t posts, size_t shifts) {
    struct people *people = calloc(1, sizeof *people);
    if (people == NULL) {
        return NULL;
    }
    pd_arena_init(&people->texts, ARENA_BLOCK, arena_max);
    people->worker_max = workers;
    people->post_max = posts;
    people->span_max = shifts;
    people->workers = pd_alloc_array(&people->texts, workers, sizeof *people->workers);
    people->posts = pd_alloc_array(&people->texts, posts, sizeof *people->posts);
    people->grids = pd_alloc_array(&people->texts, posts, sizeof *people->grids);
    people->spans = pd_alloc_array(&people->texts, shifts, sizeof *people->spans);
    if (people->texts.full) {
        people_free(people);
        return NULL;
    }
    return people;
}

void people_free(struct people *people) {
    if (people != NULL) {
        pd_arena_fini(&people->texts);
        free(people);
    }
}

bool people_add_worker(struct people *people, const char *id) {
    assert(people->worker_count < people->worker_max);
    struct worker *worker = &people->workers[people->worker_count];
    assert(people->worker_count == 0 || strcmp(worker[-1].id, id) < 0);
    *worker = (struct worker){.id = pd_strdup(&people->texts, id), .index = people->worker_count};
    people->worker_count++;
    return worker->id != NULL;
}

static int compare_worker(const void *id, const void *worker) {
    return strcmp(id, ((const struct worker *)worker)->id);
}

static struct worker *find_worker(const struct people *people, const char *id) {
    return bsearch(id, people->workers, people->worker_count, sizeof *people->workers, compare_worker);
}

bool people_add_shift(struct people *people, const char *worker_id, int64_t from_us, int64_t to_us) {
    struct worker *worker = find_worker(people, worker_id);
    assert(people->span_count < people->span_max && from_us < to_us);
    if (worker == NULL) {
        return true; /* came after the list of workers was read; the next version has both */
    }
    struct duty_span *span = &people->spans[people->span_count++];
    *span = (struct duty_span){from_us, to_us};
    if (worker->span_count == 0) {
        worker->spans = span;
    }
    assert(worker->spans + worker->span_count == span);
    worker->span_count++;
    return true;
}

bool people_add_post(struct people *people, const char *grid, const char *worker_id,
                     enum accountability accountability) {
    const struct worker *worker = find_worker(people, worker_id);
    assert(people->post_count < people->post_max);
    if (worker == NULL) {
        return true;
    }
    struct posts *posts = people->grid_count == 0 ? NULL : &people->grids[people->grid_count - 1];
    if (posts == NULL || strcmp(posts->grid, grid) != 0) {
        assert(posts == NULL || strcmp(posts->grid, grid) < 0);
        posts = &people->grids[people->grid_count];
        *posts = (struct posts){.grid = pd_strdup(&people->texts, grid), .list = &people->posts[people->post_count]};
        if (posts->grid == NULL) {
            return false;
        }
        people->grid_count++;
    }
    people->posts[people->post_count++] = (struct post){worker, accountability};
    posts->count++;
    return true;
}

void people_finish(struct people *people) {
    for (size_t i = 0; i < people->worker_count; i++) {
        people->workers[i].span_count = duty_merge(people->workers[i].spans, people->workers[i].span_count);
    }
}

const struct worker *people_worker(const struct people *people, const char *id) {
    return find_worker(people, id);
}

size_t people_count(const struct people *people) {
    return people->worker_count;
}

static int compare_posts(const void *grid, const void *posts) {
    return strcmp(grid, ((const struct posts *)posts)->grid);
}

const struct posts *people_posts(const struct people *people, const char *grid) {
    return bsearch(grid, people->grids, people->grid_count, sizeof *people->grids, compare_posts);
}

bool people_on_duty(const struct worker *worker, int64_t at_us) {
    return duty_at(worker->spans, worker->span_count, at_us);
}

int64_t people_next_duty(const struct posts *posts, int64_t at_us) {
    int64_t first_us = 0;
    for (size_t i = 0; posts != NULL && i < posts->count; i++) {
        const struct worker *worker = posts->list[i].worker;
        int64_t next_us = duty_next(worker->spans, worker->span_count, at_us);
        if (next_us != 0 && (first_us == 0 || next_us < first_us)) {
            first_us = next_us;
        }
    }
    return first_us;
}

size_t people_candidates(const struct posts *posts, int64_t at_us, struct pick_candidate ret[POSTS_MAX]) {
    size_t count = posts == NULL ? 0 : posts->count < POSTS_MAX ? posts->count : POSTS_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct post *post = &posts->list[i];
        ret[i] = (struct pick_candidate){.worker_id = post->worker->id,
                                         .accountability = post->accountability,
                                         .on_duty = people_on_duty(post->worker, at_us)};
    }
    return count;
}
