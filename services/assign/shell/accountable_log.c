#include "assign/shell/accountable_log.h"

#include <assert.h>

#include "assign/shell/assign_work.h"
#include "sql/assign_sql.h"

enum { MOVES_AT_ONCE = 16 };

/* ---- loads */

enum pd_fate loads_read(struct batch *batch, struct loads *loads, struct pg *pg, struct pg_array *workers,
                        struct pd_err *reterr) {
    struct city *city = assign_city(batch);
    struct pg_result *rows = NULL;
    struct pg_args args;
    size_t count = city_worker_count(city);
    int64_t *open = pd_alloc_array(batch_arena(batch), count, sizeof *open);
    if (open == NULL) {
        return pd_fail(reterr, PD_RETRY, "ARENA", "the batch is out of memory");
    }
    for (size_t i = 0; i < loads->count; i++) {
        open[i] = loads->open[i];
    }
    *loads = (struct loads){open, count};
    pg_args_init(&args, batch_arena(batch));
    pg_arg_array(&args, workers);
    enum pd_fate fate = pg_query(pg, SQL_COUNT_OPEN_ORDERS, &args, &rows, reterr);
    for (int row = 0; fate == PD_OK && row < pg_rows(rows); row++) {
        const struct worker *worker = city_worker(city, pg_text(rows, row, 0));
        if (worker != NULL) {
            open[worker->index] = pg_int8(rows, row, 1);
        }
    }
    return fate;
}

/* ---- one move */

static struct accountable_row *add_row(struct batch *batch, struct accountable_log *log, const struct posts *posts,
                                       int64_t since_us) {
    struct accountable_row *row = batch_alloc(batch, sizeof *row);
    if (row != NULL) {
        *row = (struct accountable_row){.grid = posts->grid, .since_us = since_us, .next = log->rows};
        log->rows = row;
        log->count++;
    }
    return row;
}

/* From at_us on the grid is this post's (NULL: nobody's). */
static void move(struct batch *batch, struct accountable_log *log, struct posts *posts, const struct post *post,
                 int64_t at_us) {
    struct city_follow *follow = city_follow(assign_city(batch));
    struct accountable_row *last = posts->batch == follow->batch ? posts->row : NULL;
    at_us = at_us < posts->since_us ? posts->since_us : at_us; /* the clock may have gone back */
    if (last == NULL) {
        last = add_row(batch, log, posts, posts->since_us);
    }
    struct accountable_row *row = last;
    if (last != NULL && at_us == posts->since_us) {
        last->corrects = !last->begins;
    } else if (last != NULL) {
        row = add_row(batch, log, posts, at_us);
        last->until_us = at_us;
    }
    if (row == NULL) {
        return; /* out of memory: the batch is tried again in halves */
    }
    row->begins = row->begins || row != last;
    row->worker = post == NULL ? NULL : post->worker;
    row->rank = post == NULL ? (enum accountability)0 : post->accountability;
    log->lost += post == NULL && posts->accountable != NULL ? 1 : 0;
    log->found += post != NULL && posts->accountable == NULL ? 1 : 0;
    log->lost_grid = post == NULL ? posts->grid : log->lost_grid;
    posts->row = row;
    posts->batch = follow->batch;
    posts->accountable = row->worker;
    posts->since_us = at_us;
    follow->unsure = true;
}

void accountable_settle(struct batch *batch, struct accountable_log *log, struct posts *posts,
                        const struct loads *loads) {
    struct accountable_person persons[POSTS_MAX];
    int present;
    if (!posts->logged) {
        return; /* a post in a grid that does not exist */
    }
    size_t count = people_persons(posts, loads, persons, &present);
    int person = accountable_at(persons, count, present, batch_now_us(batch), NULL);
    const struct post *post = person < 0 ? NULL : &posts->list[person];
    if ((post == NULL ? NULL : post->worker) != posts->accountable) {
        move(batch, log, posts, post, batch_now_us(batch));
    }
}

/* ---- all grids; those in which open orders decide wait for a second look */

struct waiting {
    struct pg_array workers;
    struct posts **list;
    size_t count;
};

static bool start_waiting(struct batch *batch, struct waiting *waiting, size_t grids) {
    pg_array_init(&waiting->workers, batch_arena(batch), PG_TEXT);
    waiting->count = 0;
    waiting->list = pd_alloc_array(batch_arena(batch), grids, sizeof(struct posts *));
    return waiting->list != NULL;
}

static void wait_for_loads(struct waiting *waiting, struct posts *posts) {
    waiting->list[waiting->count++] = posts;
    for (size_t i = 0; i < posts->count; i++) {
        pg_array_text(&waiting->workers, posts->list[i].worker->id);
    }
}

/* Every edge of this grid's people up to now. loads NULL: false when they would decide, and nothing was moved from there on. */
static bool walk(struct batch *batch, struct accountable_log *log, struct posts *posts, const struct loads *loads,
                 int64_t from_us) {
    struct accountable_person persons[POSTS_MAX];
    struct accountable_move moves[MOVES_AT_ONCE];
    int present;
    bool by_load = false;
    size_t count = people_persons(posts, loads, persons, &present), made = MOVES_AT_ONCE;
    from_us = from_us < posts->since_us ? posts->since_us : from_us;
    from_us = from_us < posts->checked_us ? posts->checked_us : from_us;
    while (made == MOVES_AT_ONCE) {
        made = accountable_walk(persons, count, present, from_us, batch_now_us(batch), moves, MOVES_AT_ONCE, &by_load);
        if (by_load && loads == NULL) {
            return false;
        }
        for (size_t i = 0; i < made; i++) {
            present = moves[i].person;
            from_us = moves[i].at_us;
            move(batch, log, posts, present < 0 ? NULL : &posts->list[present], from_us);
        }
    }
    return true;
}

/* Who is about to change must find his grids complete: what is walked later is walked with what he is then. */
static bool check(struct batch *batch, struct accountable_log *log, struct posts *posts) {
    if (log->checked == NULL) {
        log->checked = batch_alloc(batch, sizeof *log->checked);
        if (log->checked == NULL) {
            return false;
        }
        pg_array_init(log->checked, batch_arena(batch), PG_TEXT);
    }
    posts->checked_us = batch_now_us(batch);
    pg_array_text(log->checked, posts->grid);
    return true;
}

static void walk_or_wait(struct batch *batch, struct accountable_log *log, struct waiting *waiting,
                         struct posts *posts) {
    int64_t from_us = city_follow(assign_city(batch))->walked_us;
    if (posts->logged && !walk(batch, log, posts, NULL, from_us)) {
        wait_for_loads(waiting, posts);
    }
}

static enum pd_fate check_grids(struct batch *batch, struct accountable_log *log, struct pg *pg,
                                struct worker *const *workers, struct pd_err *reterr) {
    struct waiting waiting;
    struct loads loads = {0};
    size_t most = 0;
    for (size_t i = 0; workers[i] != NULL; i++) {
        most += workers[i]->post_count;
    }
    bool good = start_waiting(batch, &waiting, most);
    for (size_t i = 0; good && workers[i] != NULL; i++) {
        for (size_t k = 0; k < workers[i]->post_count; k++) {
            walk_or_wait(batch, log, &waiting, workers[i]->posts[k]);
        }
    }
    enum pd_fate fate = !good || waiting.count == 0 ? PD_OK : loads_read(batch, &loads, pg, &waiting.workers, reterr);
    for (size_t i = 0; good && fate == PD_OK && i < waiting.count; i++) {
        walk(batch, log, waiting.list[i], &loads, city_follow(assign_city(batch))->walked_us);
    }
    for (size_t i = 0; good && workers[i] != NULL; i++) {
        for (size_t k = 0; good && k < workers[i]->post_count; k++) {
            good = workers[i]->posts[k]->checked_us == batch_now_us(batch) || check(batch, log, workers[i]->posts[k]);
        }
    }
    return good ? fate : pd_fail(reterr, PD_RETRY, "ARENA", "the batch is out of memory");
}

enum pd_fate accountable_walk_all(struct batch *batch, struct accountable_log *log, struct pg *pg,
                                  struct worker *const *workers, size_t max, struct pd_err *reterr) {
    struct city *city = assign_city(batch);
    struct city_follow *follow = city_follow(city);
    struct people *people = city_people(city);
    struct waiting waiting;
    int64_t edge_us = people_edge(people, follow->walked_us);
    if (edge_us == 0 || edge_us > batch_now_us(batch)) {
        return PD_OK;
    }
    if (!start_waiting(batch, &waiting, people_grid_count(people))) {
        return pd_fail(reterr, PD_RETRY, "ARENA", "the batch is out of memory");
    }
    for (size_t i = 0; i < people_grid_count(people) && !log->behind; i++) {
        walk_or_wait(batch, log, &waiting, people_grid_at(people, i));
        log->behind = max != 0 && log->count >= 2 * max; /* a move closes one row and begins another */
    }
    struct loads loads = {0};
    enum pd_fate fate = waiting.count == 0 ? PD_OK : loads_read(batch, &loads, pg, &waiting.workers, reterr);
    for (size_t i = 0; fate == PD_OK && i < waiting.count; i++) {
        walk(batch, log, waiting.list[i], &loads, follow->walked_us);
    }
    follow->adrift = true;
    if (fate == PD_OK && !log->behind) {
        follow->walked_us = batch_now_us(batch);
        return fate;
    }
    return fate == PD_OK ? check_grids(batch, log, pg, workers, reterr) : fate;
}

enum pd_fate accountable_settle_all(struct batch *batch, struct accountable_log *log, struct pg *pg,
                                    struct pd_err *reterr) {
    struct people *people = city_people(assign_city(batch));
    struct accountable_person persons[POSTS_MAX];
    struct waiting waiting;
    struct loads loads = {0};
    if (!start_waiting(batch, &waiting, people_grid_count(people))) {
        return pd_fail(reterr, PD_RETRY, "ARENA", "the batch is out of memory");
    }
    for (size_t i = 0; i < people_grid_count(people); i++) {
        struct posts *posts = people_grid_at(people, i);
        int present;
        bool by_load = false;
        size_t count = people_persons(posts, NULL, persons, &present);
        accountable_at(persons, count, present, batch_now_us(batch), &by_load);
        if (by_load) {
            wait_for_loads(&waiting, posts);
        } else {
            accountable_settle(batch, log, posts, NULL);
        }
    }
    enum pd_fate fate = waiting.count == 0 ? PD_OK : loads_read(batch, &loads, pg, &waiting.workers, reterr);
    for (size_t i = 0; fate == PD_OK && i < waiting.count; i++) {
        accountable_settle(batch, log, waiting.list[i], &loads);
    }
    return fate;
}
