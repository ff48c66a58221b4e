/* people_commands.c - put_leave, cancel_leave, set_duty: decided on the people in memory, which run ahead of the database until COMMIT */
#include <stdlib.h>
#include <string.h>

#include "assign/shell/assign_move.h"
#include "assign/shell/assign_words.h"
#include "common/base/id.h"

static const int64_t leave_max_us = INT64_C(400) * 24 * 3600 * 1000000;

static struct people_work *work_of(struct batch *batch) {
    return &((struct assign_work *)batch_view(batch))->people;
}

bool people_is_command(const struct input *input) {
    return strcmp(input->name, "put_leave") == 0 || strcmp(input->name, "cancel_leave") == 0 ||
           strcmp(input->name, "set_duty") == 0;
}

/* His duty is another: the log of his grids and his orders follow. Returns how many orders did; -1: no memory. */
static int follow(struct batch *batch, struct input *input, struct worker *worker) {
    struct people_work *work = work_of(batch);
    struct assign_work *assign = batch_view(batch);
    struct touched *touched = batch_alloc(batch, sizeof *touched);
    city_follow(assign_city(batch))->unsure = true;
    if (touched == NULL || !people_settle(city_people(assign_city(batch)), worker)) {
        return -1;
    }
    *touched = (struct touched){worker, work->touched};
    work->touched = touched;
    for (size_t i = 0; i < worker->post_count; i++) {
        accountable_settle(batch, &work->log, worker->posts[i], &assign->loads);
    }
    return assign_follow_worker(batch, input, worker);
}

/* Nothing follows and nothing is kept; memory is read anew. */
static void refuse_busy(struct batch *batch, struct input *input) {
    work_of(batch)->failed = true;
    batch_refuse(batch, input, 503, "busy", "too much at once: try again in a moment");
}

static Google__Protobuf__Timestamp *stamp(Google__Protobuf__Timestamp *at, int64_t at_us) {
    if (at_us == 0 || at_us == INT64_MAX) {
        return NULL;
    }
    google__protobuf__timestamp__init(at);
    at->seconds = at_us / 1000000;
    at->nanos = (int32_t)(at_us % 1000000) * 1000;
    return at;
}

/* ---- leave */

static void reply_leave(struct batch *batch, struct input *input, const struct leave_row *row, int status, int moved) {
    Paidan__Assign__V1__Leave words = PAIDAN__ASSIGN__V1__LEAVE__INIT;
    Google__Protobuf__Timestamp from, to, cancelled;
    struct pd_id id;
    char text[PD_ID_TEXT];
    memcpy(id.b, row->id, sizeof id.b);
    words.id = pd_id_text(&id, text);
    words.worker_id = assign_text(row->worker_id);
    words.kind = (Paidan__Assign__V1__LeaveKind)row->kind;
    words.starts_at = stamp(&from, row->span.from_us);
    words.ends_at = stamp(&to, row->span.to_us);
    words.cancelled_at = stamp(&cancelled, row->cancelled_us);
    words.orders_moved = moved;
    batch_reply(batch, input, status, &words.base);
}

/* NULL: refused already. */
static struct worker *worker_named(struct batch *batch, struct input *input, const char *id) {
    if ((input->actor.role & (WO_ROLE_DISPATCHER | WO_ROLE_SUPERVISOR)) == 0) {
        batch_refuse(batch, input, 403, "forbidden", "leave is for dispatchers and supervisors to enter");
        return NULL;
    }
    struct worker *worker = city_worker(assign_city(batch), id);
    if (worker == NULL) {
        batch_refuse(batch, input, 404, "not-found", "no worker has this id: GET /v1/workers lists them");
    }
    return worker;
}

static bool span_is_good(struct batch *batch, struct input *input, const struct worker *worker, struct duty_span span,
                         int kind) {
    int64_t now_us = batch_now_us(batch);
    const char *fault = NULL;
    if (kind <= 0 || kind > PAIDAN__ASSIGN__V1__LEAVE_KIND__LEAVE_KIND_OTHER) {
        fault = "kind: annual, sick, personal, training or other";
    } else if (span.to_us <= now_us) {
        fault = "ends_at: must be in the future";
    } else if (span.from_us >= span.to_us || span.to_us - span.from_us > leave_max_us) {
        fault = "starts_at must be before ends_at, by 400 days at most";
    } else if (worker->leave_count >= LEAVES_MAX) {
        fault = "this worker has 100 leaves already: cancel what no longer counts";
    }
    if (fault != NULL) {
        batch_refuse(batch, input, 422, "guard", fault);
    }
    return fault == NULL;
}

static void put_leave(struct batch *batch, struct input *input) {
    const Paidan__Assign__V1__PutLeaveRequest *request = (const Paidan__Assign__V1__PutLeaveRequest *)input->message;
    struct people_work *work = work_of(batch);
    struct worker *worker = worker_named(batch, input, request->id);
    if (worker == NULL) {
        return;
    }
    struct duty_span span = {request->starts_at == NULL ? batch_now_us(batch) : assign_time_us(request->starts_at),
                             assign_time_us(request->ends_at)};
    if (!span_is_good(batch, input, worker, span, (int)request->kind)) {
        return;
    }
    struct leave_row *row = batch_alloc(batch, sizeof *row);
    if (row == NULL) {
        return;
    }
    *row = (struct leave_row){
        .worker_id = worker->id, .span = span, .kind = (int)request->kind, .begins = true, .next = work->leaves};
    batch_new_id(batch, row->id);
    work->leaves = row;
    int moved = people_put_leave(worker, row->id, span) ? follow(batch, input, worker) : -1;
    if (moved < 0) {
        row->begins = false;
        refuse_busy(batch, input);
        return;
    }
    reply_leave(batch, input, row, 201, moved);
}

static struct leave_row *leave_named(struct people_work *work, const uint8_t id[16], const char *worker_id) {
    struct leave_row *row = work->leaves;
    while (row != NULL && (memcmp(row->id, id, sizeof row->id) != 0 || strcmp(row->worker_id, worker_id) != 0)) {
        row = row->next;
    }
    return row;
}

static void cancel_leave(struct batch *batch, struct input *input) {
    const Paidan__Assign__V1__CancelLeaveRequest *request =
        (const Paidan__Assign__V1__CancelLeaveRequest *)input->message;
    uint8_t id[16];
    struct worker *worker = worker_named(batch, input, request->id);
    if (worker == NULL) {
        return;
    }
    if (!assign_id(request->leave_id, id)) {
        batch_refuse(batch, input, 400, "malformed", "leave_id: must be the UUID of a leave");
        return;
    }
    struct leave_row *row = leave_named(work_of(batch), id, worker->id);
    if (row == NULL) {
        batch_refuse(batch, input, 404, "not-found", "this worker has no such leave: GET /v1/workers/{id} shows them");
        return;
    }
    int moved = 0;
    if (row->cancelled_us == 0) {
        if (row->span.to_us <= batch_now_us(batch)) {
            batch_refuse(batch, input, 409, "conflict", "this leave is over: there is nothing to cancel");
            return;
        }
        row->cancelled_us = batch_now_us(batch);
        row->ends = true;
        people_drop_leave(worker, id);
        moved = follow(batch, input, worker);
    }
    if (moved < 0) {
        row->ends = false;
        refuse_busy(batch, input);
        return;
    }
    reply_leave(batch, input, row, 200, moved);
}

/* ---- the worker's own word */

/* One row a worker and instant: his last word counts. */
static bool note_mark(struct batch *batch, const struct worker *worker, bool on_duty) {
    struct people_work *work = work_of(batch);
    struct mark_row *row = work->marks;
    while (row != NULL && row->worker != worker) {
        row = row->next;
    }
    if (row == NULL) {
        row = batch_alloc(batch, sizeof *row);
        if (row == NULL) {
            return false;
        }
        *row = (struct mark_row){.worker = worker, .next = work->marks};
        work->marks = row;
    }
    row->on_duty = on_duty;
    return true;
}

static void set_duty(struct batch *batch, struct input *input) {
    const Paidan__Assign__V1__SetDutyRequest *request = (const Paidan__Assign__V1__SetDutyRequest *)input->message;
    struct worker *worker = city_worker(assign_city(batch), input->actor.worker_id);
    int64_t now_us = batch_now_us(batch);
    int moved = 0;
    if (input->actor.role != WO_ROLE_WORKER || worker == NULL) {
        batch_refuse(batch, input, 403, "forbidden", "only a worker of the city says this of himself");
        return;
    }
    if (request->on_duty_presence_case != PAIDAN__ASSIGN__V1__SET_DUTY_REQUEST__ON_DUTY_PRESENCE_ON_DUTY) {
        batch_refuse(batch, input, 400, "malformed", "on_duty: true or false");
        return;
    }
    if (request->on_duty && people_status(worker, now_us) == WORKER_ON_LEAVE) {
        batch_refuse(batch, input, 422, "guard", "you are on leave: ask a dispatcher to cancel it");
        return;
    }
    if (people_on_duty(worker, now_us) != (request->on_duty != 0)) {
        worker->mark = (struct duty_mark){.on_duty = request->on_duty, .at_us = now_us};
        moved = note_mark(batch, worker, request->on_duty) ? follow(batch, input, worker) : -1;
    }
    if (moved < 0) {
        refuse_busy(batch, input);
        return;
    }
    Paidan__Assign__V1__SetDutyResponse words = PAIDAN__ASSIGN__V1__SET_DUTY_RESPONSE__INIT;
    Google__Protobuf__Timestamp until;
    words.worker_id = assign_text(worker->id);
    words.on_duty = people_on_duty(worker, now_us);
    words.until = stamp(&until, duty_edge(worker->spans, worker->span_count, now_us));
    words.orders_moved = moved;
    batch_reply(batch, input, 200, &words.base);
}

void people_decide(struct batch *batch, struct input *input) {
    if (strcmp(input->name, "put_leave") == 0) {
        put_leave(batch, input);
    } else if (strcmp(input->name, "cancel_leave") == 0) {
        cancel_leave(batch, input);
    } else {
        set_duty(batch, input);
    }
}
