#include "common/relay/fence.h"

#include <stdio.h>

#include "common/io/log.h"
#include "common/io/metrics.h"
#include "sql/common_sql.h"

static const char STREAM[] = "PD_EVENTS";

enum fence_finding fence_compare(const struct bus_stream_state *before, const struct bus_stream_state *now) {
    if (!now->exists) {
        return FENCE_GONE;
    }
    if (!before->exists) {
        return FENCE_FINE;
    }
    if (before->created_ns != now->created_ns) {
        return FENCE_NEW_STREAM;
    }
    return now->last_seq < before->last_seq ? FENCE_WENT_BACK : FENCE_FINE;
}

void fence_mark_init(struct fence_mark *mark) {
    *mark = (struct fence_mark){.seq = 0};
    pthread_mutex_init(&mark->lock, NULL);
}

bool fence_note_position(struct fence_mark *mark, uint64_t seq, int64_t stored_ns) {
    bool again = seq <= mark->seq;
    bool newer = stored_ns > mark->stored_ns;
    if (newer) {
        mark->seq = seq;
        mark->stored_ns = stored_ns;
    }
    /* An old number stored later than the highest one before: another message than the one that had it. */
    return again && newer;
}

void fence_note_any(struct fence_mark *mark, const struct bus_message *message) {
    uint64_t seq;
    int64_t stored_ns;
    if (bus_message_position(message, &seq, &stored_ns)) {
        pthread_mutex_lock(&mark->lock);
        mark->went_back |= fence_note_position(mark, seq, stored_ns);
        pthread_mutex_unlock(&mark->lock);
    }
}

/* Did the messages, or the stream's end compared with them, tell that it went back? Asked once for each finding. */
static bool mark_went_back(struct fence_mark *mark, const struct bus_stream_state *now) {
    pthread_mutex_lock(&mark->lock);
    bool back = mark->went_back || now->last_seq < mark->seq;
    mark->went_back = false;
    if (now->last_seq < mark->seq) {
        mark->seq = now->last_seq;
    }
    pthread_mutex_unlock(&mark->lock);
    return back;
}

static void load(struct fence *fence, struct pg *pg, struct pd_arena *scratch) {
    struct pg_args args;
    pg_args_init(&args, scratch);
    pg_arg_text(&args, STREAM);
    struct pg_result *result = NULL;
    struct pd_err ignored;
    if (pg_query(pg, SQL_READ_BUS_POSITION, &args, &result, &ignored) == PD_OK) {
        if (pg_rows(result) == 1) {
            fence->before.exists = true;
            fence->before.created_ns = pg_int8(result, 0, 0);
            fence->before.last_seq = (uint64_t)pg_int8(result, 0, 1);
        }
        fence->loaded = true;
    }
    pg_release(pg);
}

static void save(const struct fence *fence, struct pg *pg, struct pd_arena *scratch) {
    struct pg_args args;
    pg_args_init(&args, scratch);
    pg_arg_text(&args, STREAM);
    pg_arg_int8(&args, fence->before.created_ns);
    pg_arg_int8(&args, (int64_t)fence->before.last_seq);
    struct pg_result *result = NULL;
    struct pd_err ignored;
    (void)pg_query(pg, SQL_SAVE_BUS_POSITION, &args, &result, &ignored);
    pg_release(pg);
}

static bool consumer_ahead(struct fence *fence, uint64_t last_seq) {
    char consumer[64];
    struct pd_err ignored;
    for (int i = 0; fence->hears != NULL && fence->hears[i] != NULL; i++) {
        struct bus_consumer_state state;
        snprintf(consumer, sizeof consumer, "%s_from_%s", fence->service, fence->hears[i]);
        if (bus_consumer_look(fence->bus, STREAM, consumer, &state, &ignored) == PD_OK && state.exists &&
            (state.ack_floor > last_seq || state.delivered > last_seq)) {
            return true;
        }
    }
    return false;
}

enum fence_finding fence_look(struct fence *fence, struct pg *pg, struct pd_arena *scratch) {
    static const char *const words[] = {"", "it is gone", "it was made anew",
                                        "numbers that were given before are given again",
                                        "a consumer's position lies beyond its end"};
    if (!fence->loaded) {
        load(fence, pg, scratch);
    }
    struct bus_stream_state now;
    struct pd_err ignored;
    if (!fence->loaded || bus_stream_look(fence->bus, STREAM, &now, &ignored) != PD_OK) {
        return FENCE_FINE;
    }
    enum fence_finding finding = fence_compare(&fence->before, &now);
    if (finding == FENCE_FINE && mark_went_back(fence->mark, &now)) {
        finding = FENCE_WENT_BACK;
    }
    if (finding == FENCE_FINE && consumer_ahead(fence, now.last_seq)) {
        finding = FENCE_CONSUMER_AHEAD;
    }
    bool repeated = finding == FENCE_GONE && fence->gone_reported;
    fence->gone_reported = finding == FENCE_GONE;
    if (finding != FENCE_FINE && !repeated) {
        metric_add(METRIC_REGRESSIONS, 1);
        log_event(STREAM_WENT_BACK, NULL, words[finding], (long long)now.last_seq);
    }
    if (now.exists && (now.last_seq != fence->before.last_seq || now.created_ns != fence->before.created_ns)) {
        fence->before = now;
        save(fence, pg, scratch);
    }
    return finding;
}
