#include "assign/shell/people_words.h"

#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/shell/assign_import.h"
#include "assign/shell/assign_words.h"
#include "common/base/id.h"

static const int64_t last_us = INT64_C(253402300799000000); /* the end of 9999 */

Google__Protobuf__Timestamp *people_time_words(struct pd_arena *arena, int64_t at_us) {
    Google__Protobuf__Timestamp *at = at_us <= 0 || at_us > last_us ? NULL : pd_alloc(arena, sizeof *at);
    if (at != NULL) {
        google__protobuf__timestamp__init(at);
        at->seconds = at_us / 1000000;
        at->nanos = (int32_t)(at_us % 1000000) * 1000;
    }
    return at;
}

/* "a,b" cut into its words, in place. */
static bool set_skills(struct pd_arena *arena, Paidan__Assign__V1__WorkerNow *words, const char *joined) {
    char *rest = pd_strdup(arena, joined), *state = NULL;
    words->skills = pd_alloc_array(arena, WORKER_SKILLS_MAX, sizeof(char *));
    if (rest == NULL || words->skills == NULL) {
        return false;
    }
    for (char *word = strtok_r(rest, ",", &state); word != NULL && words->n_skills < WORKER_SKILLS_MAX;
         word = strtok_r(NULL, ",", &state)) {
        words->skills[words->n_skills++] = word;
    }
    return true;
}

Paidan__Assign__V1__WorkerNow *people_worker_words(struct pd_arena *arena, const struct pg_result *rows, int row,
                                                   const struct worker *worker, int64_t now_us) {
    Paidan__Assign__V1__WorkerNow *words = pd_alloc(arena, sizeof *words);
    if (words == NULL) {
        return NULL;
    }
    paidan__assign__v1__worker_now__init(words);
    words->id = pd_strdup(arena, pg_text(rows, row, 0));
    words->name = pd_strdup(arena, pg_text(rows, row, 1));
    words->open_orders = pg_int8(rows, row, 3);
    if (words->id == NULL || words->name == NULL || !set_skills(arena, words, pg_text(rows, row, 2))) {
        return NULL;
    }
    if (worker != NULL) {
        words->on_duty = people_on_duty(worker, now_us);
        words->on_leave = people_status(worker, now_us) == WORKER_ON_LEAVE;
        words->until = people_time_words(arena, duty_edge(worker->spans, worker->span_count, now_us));
    }
    return words;
}

Paidan__Assign__V1__Post *people_post_words(struct pd_arena *arena, const struct pg_result *rows, int row) {
    Paidan__Assign__V1__Post *words = pd_alloc(arena, sizeof *words);
    if (words == NULL) {
        return NULL;
    }
    paidan__assign__v1__post__init(words);
    words->grid = pd_strdup(arena, pg_text(rows, row, 0));
    words->accountability = (Paidan__Assign__V1__Accountability)pg_int2(rows, row, 1);
    words->since = people_time_words(arena, pg_time(rows, row, 2));
    words->accountable = pg_bool(rows, row, 3);
    return words->grid == NULL ? NULL : words;
}

Paidan__Assign__V1__Shift *people_shift_words(struct pd_arena *arena, const struct pg_result *rows, int row,
                                              const char *worker_id) {
    Paidan__Assign__V1__Shift *words = pd_alloc(arena, sizeof *words);
    if (words != NULL) {
        paidan__assign__v1__shift__init(words);
        words->worker_id = assign_text(worker_id);
        words->from = people_time_words(arena, pg_time(rows, row, 0));
        words->to = people_time_words(arena, pg_time(rows, row, 1));
    }
    return words;
}

Paidan__Assign__V1__Leave *people_leave_words(struct pd_arena *arena, const struct pg_result *rows, int row,
                                              const char *worker_id) {
    Paidan__Assign__V1__Leave *words = pd_alloc(arena, sizeof *words);
    char *id_text = pd_alloc(arena, PD_ID_TEXT);
    struct pd_id id;
    if (words == NULL || id_text == NULL) {
        return NULL;
    }
    paidan__assign__v1__leave__init(words);
    pg_uuid(rows, row, 0, id.b);
    words->id = pd_id_text(&id, id_text);
    words->worker_id = assign_text(worker_id);
    words->starts_at = people_time_words(arena, pg_time(rows, row, 1));
    words->ends_at = people_time_words(arena, pg_time(rows, row, 2));
    words->kind = (Paidan__Assign__V1__LeaveKind)pg_int2(rows, row, 3);
    return words;
}

Paidan__Assign__V1__AccountableSpan *people_span_words(struct pd_arena *arena, const struct pg_result *rows, int row) {
    Paidan__Assign__V1__AccountableSpan *words = pd_alloc(arena, sizeof *words);
    if (words == NULL) {
        return NULL;
    }
    paidan__assign__v1__accountable_span__init(words);
    words->since = people_time_words(arena, pg_time(rows, row, 0));
    words->until = people_time_words(arena, pg_time(rows, row, 1));
    words->worker_id = pd_strdup(arena, pg_text(rows, row, 2));
    words->accountability = (Paidan__Assign__V1__Accountability)pg_int2(rows, row, 3);
    return words->worker_id == NULL ? NULL : words;
}
