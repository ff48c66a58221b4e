/* people_ask.c - what is asked of one worker or one grid's people */
#include <string.h>

#include "assign/shell/people.h"

bool people_on_duty(const struct worker *worker, int64_t at_us) {
    return duty_at(worker->spans, worker->span_count, at_us);
}

enum worker_status people_status(const struct worker *worker, int64_t at_us) {
    if (people_on_duty(worker, at_us)) {
        return WORKER_ON_DUTY;
    }
    return duty_at(worker->away, worker->away_count, at_us) ? WORKER_ON_LEAVE : WORKER_OFF_DUTY;
}

int64_t people_next_duty(const struct posts *posts, int64_t at_us, const struct worker **ret_worker) {
    int64_t first_us = 0;
    for (size_t i = 0; posts != NULL && i < posts->count; i++) {
        const struct worker *worker = posts->list[i].worker;
        int64_t next_us = duty_next(worker->spans, worker->span_count, at_us);
        if (next_us != 0 && (first_us == 0 || next_us < first_us)) {
            first_us = next_us;
            if (ret_worker != NULL) {
                *ret_worker = worker;
            }
        }
    }
    return first_us;
}

/* skills: "a,b,c" */
static bool has_skill(const char *skills, const char *skill) {
    size_t length = strlen(skill);
    for (const char *at = skills; (at = strstr(at, skill)) != NULL; at += length) {
        if ((at == skills || at[-1] == ',') && (at[length] == '\0' || at[length] == ',')) {
            return true;
        }
    }
    return false;
}

int64_t loads_of(const struct loads *loads, const struct worker *worker) {
    return worker->index < loads->count ? loads->open[worker->index] : 0;
}

static size_t count_of(const struct posts *posts) {
    return posts == NULL ? 0 : posts->count < POSTS_MAX ? posts->count : POSTS_MAX;
}

size_t people_candidates(const struct posts *posts, int64_t at_us, const char *skill,
                         struct pick_candidate ret[POSTS_MAX]) {
    size_t count = count_of(posts);
    for (size_t i = 0; i < count; i++) {
        const struct post *post = &posts->list[i];
        ret[i] = (struct pick_candidate){.worker_id = post->worker->id,
                                         .accountability = post->accountability,
                                         .on_duty = people_on_duty(post->worker, at_us),
                                         .skilled = skill == NULL || has_skill(post->worker->skills, skill),
                                         .accountable = posts->accountable == post->worker};
    }
    return count;
}

size_t people_persons(const struct posts *posts, const struct loads *loads, struct accountable_person ret[POSTS_MAX],
                      int *ret_present) {
    size_t count = count_of(posts);
    *ret_present = ACCOUNTABLE_NOBODY;
    for (size_t i = 0; i < count; i++) {
        const struct worker *worker = posts->list[i].worker;
        ret[i] = (struct accountable_person){.worker_id = worker->id,
                                             .rank = posts->list[i].accountability,
                                             .spans = worker->spans,
                                             .span_count = worker->span_count,
                                             .open_orders = loads == NULL ? 0 : loads_of(loads, worker)};
        if (posts->accountable == worker) {
            *ret_present = (int)i;
        }
    }
    return count;
}
