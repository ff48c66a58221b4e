#include <assert.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "common/base/json_text.h"
#include "crowd_inner.h"

static void fill(struct http_task *task, struct http_order *order);
static void done(struct http_task *task, const struct http_answer *answer);

/* ---- what is asked */

/* ,"occurred_at":"..." for a time of the world; nothing when the case has none. */
static const char *occurred_at(const struct life *life, int64_t us, const char *name, char *text, size_t size) {
    if (life->c.opened_us == 0) {
        return "";
    }
    time_t seconds = (time_t)(us / 1000000);
    struct tm tm;
    char stamp[32];
    gmtime_r(&seconds, &tm);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &tm);
    snprintf(text, size, ",\"%s\":\"%s\"", name, stamp);
    return text;
}

/* When each step happened in the world: signing and starting share the time between opening and closing. */
static int64_t time_of(const struct life *life, enum crowd_step step) {
    int64_t span = life->c.closed_us - life->c.opened_us;
    int64_t sign = span / 4 < INT64_C(600000000) ? span / 4 : INT64_C(600000000);
    if (step == STEP_REGISTER || step == STEP_ACCEPT || step == STEP_DISPATCH) {
        return life->c.opened_us;
    }
    if (step == STEP_SIGN || step == STEP_START) {
        return life->c.opened_us + (step == STEP_SIGN ? sign : 2 * sign);
    }
    return life->c.closed_us;
}

static void write_register(const struct life *life, struct http_order *order) {
    const struct crowd_case *c = &life->c;
    char words[4096], when[64];
    size_t length = json_text(words, sizeof words, c->description, strlen(c->description));
    int used = snprintf(order->body, sizeof order->body,
                        "{\"channel\":\"%s\",\"service_code\":\"%s\",\"description\":%.*s,"
                        "\"location\":{\"lat\":%.6f,\"long\":%.6f}%s",
                        c->channel, c->service_code, (int)length, words, c->lat, c->lng,
                        occurred_at(life, c->opened_us, "requested_at", when, sizeof when));
    char *end = order->body + used;
    size_t room = sizeof order->body - (size_t)used;
    if (c->phone == NULL) {
        snprintf(end, room, "}");
    } else {
        snprintf(end, room, ",\"requester\":{\"phone\":\"%s\"}}", c->phone);
    }
    snprintf(order->path, sizeof order->path, "/v1/requests");
    snprintf(order->key, sizeof order->key, "%s", c->key);
}

static void write_event(const struct life *life, struct http_order *order, const char *kind, const char *id,
                        const char *fields) {
    const char *event = crowd_step_name(life->step);
    char when[64];
    const char *time = occurred_at(life, time_of(life, life->step), "occurred_at", when, sizeof when);
    /* Without any field the comma in front of the time must go. */
    snprintf(order->body, sizeof order->body, "{%s%s}", fields, fields[0] == '\0' && time[0] == ',' ? time + 1 : time);
    snprintf(order->path, sizeof order->path, "/v1/%s/%s/%s", kind, id, event);
    snprintf(order->key, sizeof order->key, "%s-%s", life->c.key, event);
}

static const char *token_of(const struct life *life) {
    const struct crowd_staff *staff = &life->crowd->staff;
    if (life->step == STEP_SIGN || life->step == STEP_START || life->step == STEP_FEED_BACK) {
        return staff->workers[life->worker->index];
    }
    if (life->step == STEP_REVIEW || life->step == STEP_DISPATCH) {
        return staff->dispatchers[life->serial % (uint32_t)staff->dispatcher_count];
    }
    return staff->operators[life->serial % (uint32_t)staff->operator_count];
}

static void fill(struct http_task *task, struct http_order *order) {
    struct life *life = (struct life *)task;
    char fields[256] = "";
    order->post = life->step != STEP_LOOK;
    snprintf(order->token, sizeof order->token, "%s", token_of(life));
    life->crowd->sum.calls++;
    switch (life->step) {
    case STEP_REGISTER:
        if (life->began_us == 0) {
            life->began_us = (int64_t)(uv_hrtime() / 1000);
        }
        write_register(life, order);
        break;
    case STEP_ACCEPT:
        write_event(life, order, "requests", life->id, "");
        break;
    case STEP_DISPATCH:
        snprintf(fields, sizeof fields, "\"worker_id\":\"%s\"", life->crowd->staff.worker_ids[life->worker->index]);
        write_event(life, order, "orders", life->order_id, fields);
        break;
    case STEP_SIGN:
    case STEP_START:
        snprintf(fields, sizeof fields, "\"dispatch_seq\":%d", life->dispatch_seq);
        write_event(life, order, "orders", life->order_id, fields);
        break;
    case STEP_FEED_BACK:
        snprintf(
            fields, sizeof fields,
            "\"dispatch_seq\":%d,\"result\":\"resolved\",\"text\":\"Handled on site.\",\"contacted_requester\":true",
            life->dispatch_seq);
        write_event(life, order, "orders", life->order_id, fields);
        break;
    case STEP_REVIEW:
        write_event(life, order, "orders", life->order_id, "");
        break;
    case STEP_VISIT:
        write_event(life, order, "requests", life->id, "\"satisfaction\":\"satisfied\"");
        break;
    case STEP_LOOK:
        snprintf(order->path, sizeof order->path, "/v1/requests/%s", life->id);
        break;
    case STEP_PUSH:
    case STEP_CLOSED:
    case STEP_FAILED:
    case STEP_COUNT:
        assert(!"nothing is asked in this step");
    }
}

/* ---- the way from step to step */

static void ask(struct life *life) {
    assert(!life->asked);
    life->asked = true;
    life->task.fill = fill;
    life->task.done = done;
    http_client_ask(life->crowd->http, &life->task, life->step != STEP_REGISTER);
}

void crowd__due(struct life *life) {
    if (life->step == STEP_PUSH) {
        life->looks_for_push++;
        crowd__step(life, STEP_LOOK);
    } else {
        ask(life);
    }
}

/* True: feeding back must wait, by the clock or until all else is done. */
static bool must_wait(struct life *life) {
    struct crowd *crowd = life->crowd;
    if (life->c.feed_back_at_us == CROWD_AT_THE_END) {
        crowd->waiting_for_end++;
        crowd__go(crowd);
        return true;
    }
    if (life->c.feed_back_at_us > crowd_now_us(crowd)) {
        crowd__later(crowd, life, life->c.feed_back_at_us);
        return true;
    }
    return false;
}

void crowd__step(struct life *life, enum crowd_step step) {
    struct crowd *crowd = life->crowd;
    if (life->step == STEP_PUSH) {
        crowd->waiting_for_push--;
    }
    life->step = step;
    life->tries = 0;
    if (step == STEP_REGISTER && life->c.start_at_us > CROWD_AT_ONCE) {
        life->began_us = crowd->zero_us + life->c.start_at_us; /* else waiting for a connection would not count */
    }
    if (step == STEP_PUSH) {
        crowd->waiting_for_push++;
        if (life->pushed) {
            crowd__step(life, STEP_SIGN); /* the push was quicker than the answer */
        } else {
            crowd__later(crowd, life, crowd_now_us(crowd) + INT64_C(1000) * PUSH_PATIENCE_MS);
        }
    } else if (step == STEP_VISIT) {
        crowd__later(crowd, life, crowd_now_us(crowd) + crowd->visit_wait_us);
    } else if (step == STEP_FEED_BACK && must_wait(life)) {
        return;
    } else {
        crowd->sum.looks += step == STEP_LOOK;
        ask(life);
    }
}

void crowd__pushed(struct life *life) {
    /* In another step the acceptance's answer, or a look, is on its way and goes on from here. */
    if (life->step == STEP_PUSH) {
        crowd__never(life->crowd, life);
        crowd__step(life, STEP_SIGN);
    }
}

static void pass(struct life *life) {
    struct crowd *crowd = life->crowd;
    enum crowd_step from = life->step;
    crowd->sum.passed[from]++;
    switch (from) {
    case STEP_REGISTER:
        if (crowd->options.register_only) {
            crowd__end(life, STEP_CLOSED);
        } else {
            crowd__step(life, STEP_ACCEPT);
        }
        return;
    case STEP_ACCEPT:
    case STEP_DISPATCH:
        crowd__step(life, STEP_PUSH);
        return;
    case STEP_SIGN:
        crowd__step(life, STEP_START);
        return;
    case STEP_START:
        crowd__step(life, STEP_FEED_BACK);
        return;
    case STEP_FEED_BACK:
        crowd__step(life, STEP_REVIEW);
        return;
    case STEP_REVIEW:
        crowd__step(life, STEP_VISIT);
        return;
    case STEP_VISIT:
        crowd__end(life, STEP_CLOSED);
        return;
    case STEP_PUSH:
    case STEP_LOOK:
    case STEP_CLOSED:
    case STEP_FAILED:
    case STEP_COUNT:
        assert(!"no answer belongs to this step");
    }
}

/* ---- what was answered */

static void copy(char *to, size_t size, const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    if (text != NULL) {
        snprintf(to, size, "%s", text);
    }
}

static void give_up(struct life *life, const char *why) {
    crowd__trouble(life->crowd, true, "%s at %s", why, crowd_step_name(life->step));
    crowd__end(life, STEP_FAILED);
}

/* The same call again with the same key, later each time. */
static void again(struct life *life, long retry_after_s) {
    struct crowd *crowd = life->crowd;
    if (++life->tries > STEP_TRIES_MAX) {
        give_up(life, "too many tries");
        return;
    }
    crowd->sum.retries++;
    int64_t pause_ms = (int64_t)RETRY_MS << (life->tries < 7 ? life->tries - 1 : 6);
    pause_ms = pause_ms > RETRY_MAX_MS ? RETRY_MAX_MS : pause_ms;
    pause_ms = retry_after_s > 0 ? (int64_t)retry_after_s * 1000 : pause_ms;
    /* Not all of those who were turned away come back in the same millisecond. */
    pause_ms += life->serial % 16;
    crowd__later(crowd, life, crowd_now_us(crowd) + pause_ms * 1000);
}

static void early(struct life *life) {
    struct crowd *crowd = life->crowd;
    if (++life->tries > STEP_TRIES_MAX) {
        give_up(life, "too early too often");
        return;
    }
    crowd->sum.early++;
    int64_t wait_us = crowd->visit_wait_us;
    crowd->visit_wait_us += crowd->visit_wait_us / 16 + 100;
    crowd->visit_wait_us = crowd->visit_wait_us > 200000 ? 200000 : crowd->visit_wait_us;
    crowd__later(crowd, life, crowd_now_us(crowd) + wait_us);
}

static struct crowd_worker *worker_named(struct crowd *crowd, const char *id) {
    for (int i = 0; i < crowd->staff.worker_count; i++) {
        if (strcmp(crowd->staff.worker_ids[i], id) == 0) {
            return &crowd->workers[i];
        }
    }
    return NULL;
}

/* Where to go on, by the state that intake knows. */
static void resume(struct life *life, const json_t *request) {
    static const struct {
        const char *state;
        enum crowd_step step;
    } table[] = {{"registered", STEP_ACCEPT}, {"accepted", STEP_PUSH},         {"dispatched", STEP_PUSH},
                 {"signed", STEP_START},      {"in_progress", STEP_FEED_BACK}, {"fed_back", STEP_REVIEW},
                 {"visiting", STEP_VISIT},    {"closed", STEP_CLOSED},         {"archived", STEP_CLOSED}};
    char state[32] = "", worker[64] = "";
    copy(state, sizeof state, request, "state");
    copy(worker, sizeof worker, request, "worker_id");
    copy(life->order_id, sizeof life->order_id, request, "order_id");
    if (worker[0] != '\0') {
        life->worker = worker_named(life->crowd, worker);
    }
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].state, state) != 0) {
            continue;
        }
        if (strcmp(state, "dispatched") == 0 && life->looks_for_push >= 3 && life->worker != NULL && !life->pushed) {
            /* acknowledged in an earlier run, or lost: the order itself says who must act */
            crowd__trouble(life->crowd, false, "no push of a dispatched order");
            crowd__step(life, STEP_SIGN);
            return;
        }
        bool needs_worker = table[i].step == STEP_START || table[i].step == STEP_FEED_BACK;
        if (needs_worker && life->worker == NULL) {
            break;
        }
        if (table[i].step == STEP_CLOSED) {
            crowd__end(life, STEP_CLOSED);
        } else {
            crowd__step(life, table[i].step);
        }
        return;
    }
    crowd__trouble(life->crowd, true, "state %s, worker %s", state, worker[0] == '\0' ? "none" : "unknown");
    crowd__end(life, STEP_FAILED);
}

static void take(struct life *life, const struct http_answer *answer) {
    struct crowd *crowd = life->crowd;
    if (life->step == STEP_REGISTER || life->step == STEP_LOOK) {
        json_t *request = json_loadb(answer->body, answer->length, 0, NULL);
        if (life->step == STEP_LOOK) {
            resume(life, request);
            json_decref(request);
            return;
        }
        copy(life->id, sizeof life->id, request, "id");
        copy(life->number, sizeof life->number, request, "number");
        json_decref(request);
        if (life->id[0] == '\0' || life->number[0] == '\0') {
            give_up(life, "answer without id or number");
            return;
        }
        hist_add(&crowd->sum.register_us, (int64_t)(uv_hrtime() / 1000) - life->began_us);
        if (crowd->ops.registered != NULL) {
            crowd->ops.registered(crowd->ops.context, life->id);
        }
        if (!crowd->options.register_only) {
            crowd__remember(crowd, life);
        }
    } else if (life->step == STEP_ACCEPT) {
        life->accepted_us = (int64_t)(uv_hrtime() / 1000);
    } else if (life->step == STEP_VISIT && life->tries == 0 && crowd->visit_wait_us > 500) {
        crowd->visit_wait_us -= crowd->visit_wait_us / 64;
    }
    pass(life);
}

/* The last word of the problem's type, e.g. wrong-state. */
static void problem_of(const struct http_answer *answer, char *code, size_t size) {
    json_t *problem = json_loadb(answer->body, answer->length, 0, NULL);
    const char *type = json_string_value(json_object_get(problem, "type"));
    const char *colon = type == NULL ? NULL : strrchr(type, ':');
    snprintf(code, size, "%s", colon == NULL ? "unexplained" : colon + 1);
    json_decref(problem);
}

static void done(struct http_task *task, const struct http_answer *answer) {
    struct life *life = (struct life *)task;
    struct crowd *crowd = life->crowd;
    life->asked = false;
    if (answer->status >= 200 && answer->status < 300) {
        take(life, answer);
        return;
    }
    const char *step = crowd_step_name(life->step);
    if (answer->status == 0) {
        crowd__trouble(crowd, false, "no answer at %s", step);
        again(life, 0);
        return;
    }
    char code[64];
    problem_of(answer, code, sizeof code);
    if (answer->status == 409 && life->step == STEP_VISIT) {
        early(life);
        return;
    }
    bool passing = answer->status == 429 || answer->status >= 500;
    bool behind = answer->status == 409 && life->id[0] != '\0' && life->step != STEP_LOOK && ++life->looks <= LOOKS_MAX;
    crowd__trouble(crowd, !passing && !behind, "%ld %s at %s", answer->status, code, step);
    if (passing) {
        again(life, answer->retry_after_s);
    } else if (behind) {
        crowd__step(life, STEP_LOOK);
    } else {
        crowd__end(life, STEP_FAILED);
    }
}
