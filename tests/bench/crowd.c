#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "crowd_inner.h"

static const char *const step_names[STEP_COUNT] = {
    [STEP_REGISTER] = "register",   [STEP_ACCEPT] = "accept",      [STEP_PUSH] = "push",
    [STEP_DISPATCH] = "dispatch",   [STEP_SIGN] = "sign",          [STEP_START] = "start",
    [STEP_FEED_BACK] = "feed_back", [STEP_REVIEW] = "review_pass", [STEP_VISIT] = "visit",
    [STEP_LOOK] = "look",           [STEP_CLOSED] = "closed",      [STEP_FAILED] = "failed"};

const char *crowd_step_name(enum crowd_step step) {
    return step_names[step];
}

static int64_t now_us(void) {
    return (int64_t)(uv_hrtime() / 1000);
}

int64_t crowd_now_us(const struct crowd *crowd) {
    return now_us() - crowd->zero_us;
}

static void *need(void *memory) {
    if (memory == NULL) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return memory;
}

/* ---- a heap of lives by the time at which they are due */

static void place(struct crowd *crowd, size_t at, struct life *life) {
    crowd->heap[at] = life;
    life->heap_index = at;
}

static void heap_up(struct crowd *crowd, size_t at, struct life *life) {
    for (; at > 1 && crowd->heap[at / 2]->due_us > life->due_us; at /= 2) {
        place(crowd, at, crowd->heap[at / 2]);
    }
    place(crowd, at, life);
}

static void heap_add(struct crowd *crowd, struct life *life) {
    if (crowd->heap_count + 2 > crowd->heap_size) {
        crowd->heap_size = crowd->heap_size == 0 ? 1024 : crowd->heap_size * 2;
        crowd->heap = need(realloc(crowd->heap, crowd->heap_size * sizeof(struct life *)));
    }
    heap_up(crowd, ++crowd->heap_count, life);
}

static void heap_remove(struct crowd *crowd, struct life *life) {
    size_t at = life->heap_index;
    struct life *last = crowd->heap[crowd->heap_count--];
    life->heap_index = 0;
    if (last == life) {
        return;
    }
    while (at * 2 <= crowd->heap_count) {
        size_t child = at * 2;
        if (child < crowd->heap_count && crowd->heap[child + 1]->due_us < crowd->heap[child]->due_us) {
            child++;
        }
        if (crowd->heap[child]->due_us >= last->due_us) {
            break;
        }
        place(crowd, at, crowd->heap[child]);
        at = child;
    }
    heap_up(crowd, at, last);
}

static void on_alarm(uv_timer_t *timer);

/* The next thing to do by the clock: the first of the heap, or the next case. */
static void arm(struct crowd *crowd) {
    int64_t at = crowd->heap_count > 0 ? crowd->heap[1]->due_us : INT64_MAX;
    if (crowd->has_next && crowd->next.start_at_us > CROWD_AT_ONCE && crowd->next.start_at_us < at) {
        at = crowd->next.start_at_us;
    }
    if (at == INT64_MAX) {
        uv_timer_stop(&crowd->alarm);
        return;
    }
    int64_t wait_us = at - crowd_now_us(crowd);
    uv_update_time(crowd->loop);
    uv_timer_start(&crowd->alarm, on_alarm, wait_us <= 0 ? 0 : (uint64_t)(wait_us + 999) / 1000, 0);
}

void crowd__later(struct crowd *crowd, struct life *life, int64_t at_us) {
    if (life->heap_index != 0) {
        heap_remove(crowd, life);
    }
    life->due_us = at_us;
    heap_add(crowd, life);
    if (crowd->heap[1] == life) {
        arm(crowd);
    }
}

void crowd__never(struct crowd *crowd, struct life *life) {
    if (life->heap_index != 0) {
        heap_remove(crowd, life);
    }
}

static void on_alarm(uv_timer_t *timer) {
    struct crowd *crowd = timer->data;
    int64_t now = crowd_now_us(crowd);
    while (crowd->heap_count > 0 && crowd->heap[1]->due_us <= now) {
        struct life *life = crowd->heap[1];
        heap_remove(crowd, life);
        crowd__due(life);
    }
    crowd__go(crowd);
    arm(crowd);
}

/* ---- lives by number */

static size_t hash(const char *text) {
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *text != '\0'; text++) {
        h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return (size_t)(h ^ (h >> 32));
}

static void table_put(struct crowd *crowd, struct life *life) {
    size_t at = hash(life->number) & (crowd->table_size - 1);
    while (crowd->table[at] != NULL) {
        at = (at + 1) & (crowd->table_size - 1);
    }
    crowd->table[at] = life;
}

void crowd__remember(struct crowd *crowd, struct life *life) {
    if ((crowd->table_count + 1) * 2 > crowd->table_size) {
        struct life **old = crowd->table;
        size_t old_size = crowd->table_size;
        crowd->table_size = old_size == 0 ? 4096 : old_size * 2;
        crowd->table = need(calloc(crowd->table_size, sizeof(struct life *)));
        for (size_t i = 0; i < old_size; i++) {
            if (old[i] != NULL) {
                table_put(crowd, old[i]);
            }
        }
        free(old);
    }
    table_put(crowd, life);
    crowd->table_count++;
}

struct life *crowd__find(struct crowd *crowd, const char *number) {
    if (crowd->table_size == 0) {
        return NULL;
    }
    for (size_t at = hash(number) & (crowd->table_size - 1); crowd->table[at] != NULL;
         at = (at + 1) & (crowd->table_size - 1)) {
        if (strcmp(crowd->table[at]->number, number) == 0) {
            return crowd->table[at];
        }
    }
    return NULL;
}

/* ---- the beginning and the end of a life */

/* Lives stay until the end, so that a repeated push finds who it is about; only registrations alone are reused. */
static struct life *new_life(struct crowd *crowd) {
    struct life *life = crowd->free_lives;
    if (life != NULL) {
        crowd->free_lives = (struct life *)life->task.next;
    } else {
        if (crowd->chunk_count == 0 || crowd->used_in_chunk == CHUNK) {
            crowd->chunks = need(realloc(crowd->chunks, (crowd->chunk_count + 1) * sizeof *crowd->chunks));
            crowd->chunks[crowd->chunk_count++] = need(calloc(CHUNK, sizeof(struct life)));
            crowd->used_in_chunk = 0;
        }
        life = &crowd->chunks[crowd->chunk_count - 1][crowd->used_in_chunk++];
    }
    memset(life, 0, sizeof *life);
    life->crowd = crowd;
    return life;
}

static void maybe_finish(struct crowd *crowd) {
    if (crowd->no_more && crowd->sum.open == 0 && http_client_pending(crowd->http) == 0) {
        uv_stop(crowd->loop);
    }
}

void crowd__end(struct life *life, enum crowd_step how) {
    struct crowd *crowd = life->crowd;
    assert(life->heap_index == 0);
    life->step = how;
    crowd->sum.passed[how]++;
    crowd->sum.open--;
    if (how == STEP_CLOSED) {
        hist_add(&crowd->sum.life_us, now_us() - life->began_us);
        if (crowd->ops.closed != NULL && !crowd->options.register_only) {
            crowd->ops.closed(crowd->ops.context, life->id);
        }
    }
    if (crowd->options.register_only) {
        life->task.next = (struct http_task *)crowd->free_lives;
        crowd->free_lives = life;
    }
    crowd__go(crowd);
}

static bool peek(struct crowd *crowd) {
    if (!crowd->has_next && !crowd->no_more) {
        crowd->has_next = !crowd->stopping && crowd->ops.next(crowd->ops.context, &crowd->next);
        crowd->no_more = !crowd->has_next;
    }
    return crowd->has_next;
}

static bool may_begin(const struct crowd *crowd) {
    if (crowd->next.start_at_us > CROWD_AT_ONCE) {
        return crowd_now_us(crowd) >= crowd->next.start_at_us;
    }
    return crowd->sum.open - crowd->waiting_for_end < crowd->options.open_max;
}

/* Parked ones go on when nothing else is left to do. */
static void release_parked(struct crowd *crowd) {
    if (!crowd->no_more || crowd->waiting_for_end == 0 || crowd->sum.open > crowd->waiting_for_end) {
        return;
    }
    crowd->waiting_for_end = 0;
    for (size_t i = 0; i < crowd->chunk_count; i++) {
        size_t count = i + 1 < crowd->chunk_count ? CHUNK : crowd->used_in_chunk;
        for (size_t j = 0; j < count; j++) {
            struct life *life = &crowd->chunks[i][j];
            if (life->step == STEP_FEED_BACK && !life->asked && life->heap_index == 0) {
                life->c.feed_back_at_us = CROWD_AT_ONCE;
                crowd__step(life, STEP_FEED_BACK);
            }
        }
    }
}

void crowd__go(struct crowd *crowd) {
    if (!crowd->running) {
        return;
    }
    bool waits = crowd->has_next;
    while (peek(crowd) && may_begin(crowd)) {
        struct life *life = new_life(crowd);
        life->c = crowd->next;
        life->serial = crowd->serial++;
        crowd->has_next = false;
        crowd->sum.begun++;
        crowd->sum.open++;
        crowd__step(life, STEP_REGISTER);
    }
    if (crowd->has_next && !waits) {
        arm(crowd);
    }
    release_parked(crowd);
    maybe_finish(crowd);
}

void crowd__trouble(struct crowd *crowd, bool fatal, const char *format, ...) {
    char words[96];
    va_list list;
    va_start(list, format);
    vsnprintf(words, sizeof words, format, list);
    va_end(list);
    struct crowd_sum *sum = &crowd->sum;
    int i = 0;
    while (i < sum->trouble_count && (strcmp(sum->troubles[i].words, words) != 0 || sum->troubles[i].fatal != fatal)) {
        i++;
    }
    if (i == CROWD_TROUBLES_MAX) {
        i--; /* the last one stands for all others */
    } else if (i == sum->trouble_count) {
        sum->trouble_count++;
        snprintf(sum->troubles[i].words, sizeof words, "%s", words);
        sum->troubles[i].fatal = fatal;
    }
    sum->troubles[i].count++;
}

/* ---- from outside */

static void on_second(uv_timer_t *timer) {
    struct crowd *crowd = timer->data;
    if (crowd->waiting_for_push > 0) {
        crowd__look_at_queue(crowd);
    }
    if (crowd->ops.tick != NULL) {
        crowd->ops.tick(crowd->ops.context);
    }
    crowd__go(crowd);
}

struct crowd *crowd_new(uv_loop_t *loop, const struct crowd_options *options, const struct crowd_staff *staff,
                        const struct crowd_ops *ops) {
    struct crowd *crowd = need(calloc(1, sizeof *crowd));
    crowd->loop = loop;
    crowd->options = *options;
    crowd->staff = *staff;
    crowd->ops = *ops;
    crowd->visit_wait_us = 2000;
    const char *colon = strrchr(options->address, ':');
    assert(colon != NULL && (size_t)(colon - options->address) < sizeof crowd->host);
    memcpy(crowd->host, options->address, (size_t)(colon - options->address));
    crowd->port = (int)strtol(colon + 1, NULL, 10);
    crowd->http = need(http_client_new(loop, options->address, options->connections));
    crowd->workers = need(calloc((size_t)staff->worker_count + 1, sizeof *crowd->workers));
    uv_timer_init(loop, &crowd->alarm);
    uv_timer_init(loop, &crowd->second);
    crowd->alarm.data = crowd->second.data = crowd;
    return crowd;
}

struct http_client *crowd_http(struct crowd *crowd) {
    return crowd->http;
}

void crowd_run(struct crowd *crowd) {
    crowd->zero_us = now_us();
    crowd->running = true;
    uv_timer_start(&crowd->second, on_second, 1000, 1000);
    crowd__go(crowd);
    arm(crowd);
    if (!(crowd->no_more && crowd->sum.open == 0)) {
        uv_run(crowd->loop, UV_RUN_DEFAULT);
    }
    crowd->sum.run_us = crowd_now_us(crowd);
    crowd->running = false;
    uv_timer_stop(&crowd->second);
    uv_timer_stop(&crowd->alarm);
}

void crowd_stop(struct crowd *crowd) {
    crowd->stopping = true;
    crowd->has_next = false;
    crowd->no_more = true;
    crowd__go(crowd);
}

const struct crowd_sum *crowd_sum(const struct crowd *crowd) {
    return &crowd->sum;
}

void crowd_print_open(const struct crowd *crowd, FILE *to, int max) {
    for (size_t i = 0; i < crowd->chunk_count; i++) {
        size_t count = i + 1 < crowd->chunk_count ? CHUNK : crowd->used_in_chunk;
        for (size_t j = 0; j < count && max > 0; j++) {
            const struct life *life = &crowd->chunks[i][j];
            if (life->step != STEP_CLOSED) {
                fprintf(to, "  %s %s key %s: at %s, tries %d\n", life->number, life->id, life->c.key,
                        step_names[life->step], life->tries);
                max--;
            }
        }
    }
}

void crowd_free(struct crowd *crowd) {
    crowd__sockets_close(crowd);
    http_client_close(crowd->http);
    uv_close((uv_handle_t *)&crowd->alarm, NULL);
    uv_close((uv_handle_t *)&crowd->second, NULL);
    uv_run(crowd->loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < crowd->chunk_count; i++) {
        free(crowd->chunks[i]);
    }
    free(crowd->chunks);
    free(crowd->heap);
    free(crowd->table);
    free(crowd->workers);
    free(crowd);
}
