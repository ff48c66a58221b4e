#include "assign/shell/people.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "assign/shell/name_table.h"
#include "assign/shell/people_inner.h"
#include "common/base/arena.h"

enum { ARENA_BLOCK = 1 << 18, SKILLS_MAX = 256 };
static const size_t arena_max = (size_t)1 << 30;

struct people {
    struct pd_arena arena; /* workers, grids and their names: they are never removed one by one */
    struct name_table workers, grids;
    struct {
        const char *texts[2]; /* prefix, skill */
    } skills[SKILLS_MAX];
    size_t skill_count;
    int64_t edge_after_us, edge_us; /* what people_edge() found last */
    bool edge_known;
};

struct people *people_new(void) {
    struct people *people = calloc(1, sizeof *people);
    if (people != NULL) {
        pd_arena_init(&people->arena, ARENA_BLOCK, arena_max);
    }
    return people;
}

void people_free(struct people *people) {
    if (people == NULL) {
        return;
    }
    for (size_t i = 0; i < people->workers.count; i++) {
        struct worker *worker = people->workers.things[i];
        free(worker->shifts);
        free(worker->spans);
        free(worker->away);
        free(worker->leaves);
        free(worker->posts);
    }
    for (size_t i = 0; i < people->grids.count; i++) {
        free(((struct posts *)people->grids.things[i])->list);
    }
    name_table_fini(&people->workers);
    name_table_fini(&people->grids);
    pd_arena_fini(&people->arena);
    free(people);
}

/* ---- workers */

struct worker *people_put_worker(struct people *people, const char *id, const char *skills, struct duty_mark mark) {
    struct worker *worker = name_table_find(&people->workers, id);
    if (worker == NULL) {
        worker = pd_alloc(&people->arena, sizeof *worker);
        if (worker == NULL || (worker->id = pd_strdup(&people->arena, id)) == NULL) {
            return NULL;
        }
        worker->index = people->workers.count;
        if (!name_table_put(&people->workers, worker)) {
            return NULL;
        }
    }
    if (worker->skills == NULL || strcmp(worker->skills, skills) != 0) {
        worker->skills = skills[0] == '\0' ? "" : pd_strdup(&people->arena, skills);
    }
    worker->mark = mark;
    return worker->skills == NULL ? NULL : worker;
}

bool people_settle(struct people *people, struct worker *worker) {
    people->edge_known = false;
    return people_settle_duty(worker);
}

struct worker *people_worker(const struct people *people, const char *id) {
    return name_table_find(&people->workers, id);
}

size_t people_count(const struct people *people) {
    return people->workers.count;
}

struct worker *people_worker_at(const struct people *people, size_t index) {
    return people->workers.things[index];
}

/* ---- grids */

struct posts *people_put_grid(struct people *people, const char *grid) {
    struct posts *posts = name_table_find(&people->grids, grid);
    if (posts == NULL) {
        posts = pd_alloc(&people->arena, sizeof *posts);
        if (posts == NULL || (posts->grid = pd_strdup(&people->arena, grid)) == NULL ||
            !name_table_put(&people->grids, posts)) {
            return NULL;
        }
    }
    return posts;
}

void people_clear_posts(struct posts *posts) {
    for (size_t i = 0; i < posts->count; i++) {
        struct worker *worker = posts->list[i].worker;
        for (size_t k = 0; k < worker->post_count; k++) {
            if (worker->posts[k] == posts) {
                worker->posts[k] = worker->posts[--worker->post_count];
                break;
            }
        }
    }
    posts->count = 0;
}

bool people_put_post(struct posts *posts, struct worker *worker, enum accountability accountability) {
    void *list = posts->list, *of_worker = worker->posts;
    bool good = people_make_room(&list, posts->count, &posts->max, sizeof *posts->list);
    posts->list = list;
    good = good && people_make_room(&of_worker, worker->post_count, &worker->post_max, sizeof(struct posts *));
    worker->posts = of_worker;
    if (good) {
        posts->list[posts->count++] = (struct post){worker, accountability};
        worker->posts[worker->post_count++] = posts;
    }
    return good;
}

const struct posts *people_posts(const struct people *people, const char *grid) {
    const struct posts *posts = name_table_find(&people->grids, grid);
    return posts == NULL || posts->count == 0 ? NULL : posts;
}

struct posts *people_grid(const struct people *people, const char *grid) {
    return name_table_find(&people->grids, grid);
}

size_t people_grid_count(const struct people *people) {
    return people->grids.count;
}

struct posts *people_grid_at(const struct people *people, size_t index) {
    return people->grids.things[index];
}

/* ---- skills */

void people_clear_skills(struct people *people) {
    people->skill_count = 0;
}

bool people_put_skill(struct people *people, const char *prefix, const char *skill) {
    if (people->skill_count == SKILLS_MAX) {
        return true; /* the import refuses more */
    }
    const char **kept = people->skills[people->skill_count].texts; /* most often the same as last time */
    if (kept[0] == NULL || kept[1] == NULL || strcmp(kept[0], prefix) != 0 || strcmp(kept[1], skill) != 0) {
        kept[0] = pd_strdup(&people->arena, prefix);
        kept[1] = pd_strdup(&people->arena, skill);
    }
    people->skill_count += kept[0] != NULL && kept[1] != NULL ? 1 : 0;
    return kept[0] != NULL && kept[1] != NULL;
}

const char *people_skill_of(const struct people *people, const char *service_code) {
    size_t longest = 0;
    const char *skill = NULL;
    for (size_t i = 0; i < people->skill_count; i++) {
        size_t length = strlen(people->skills[i].texts[0]);
        if (length > longest && strncmp(people->skills[i].texts[0], service_code, length) == 0) {
            longest = length;
            skill = people->skills[i].texts[1];
        }
    }
    return skill;
}

/* The next edge; asked by every batch. */
int64_t people_edge(struct people *people, int64_t at_us) {
    bool known =
        people->edge_known && people->edge_after_us <= at_us && (people->edge_us == 0 || people->edge_us > at_us);
    if (known) {
        return people->edge_us;
    }
    int64_t first_us = 0;
    for (size_t i = 0; i < people->workers.count; i++) {
        const struct worker *worker = people->workers.things[i];
        int64_t edge_us = duty_edge(worker->spans, worker->span_count, at_us);
        if (edge_us != 0 && (first_us == 0 || edge_us < first_us)) {
            first_us = edge_us;
        }
    }
    people->edge_known = true;
    people->edge_after_us = at_us;
    people->edge_us = first_us;
    return first_us;
}
