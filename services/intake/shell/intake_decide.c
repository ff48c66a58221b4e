#include "intake/shell/intake_decide.h"

#include <assert.h>
#include <string.h>

#include "common/base/borrow.h"
#include "common/base/id.h"
#include "intake/shell/intake_context.h"
#include "intake/shell/intake_held.h"
#include "intake/shell/intake_view.h"
#include "intake/shell/intake_wish.h"
#include "paidan/assign/v1/assign.pb-c.h"

static void out_of_memory(struct batch *batch) {
    (void)batch_alloc(batch, SIZE_MAX);
}

/* ---- facts */

/* A commitment to the event's words, and the words themselves for table event_text. */
struct words {
    uint8_t random[INTAKE_TEXT_RANDOM]; /* nonce, then salt */
    uint8_t digest[INTAKE_DIGEST];
    const uint8_t *sealed;
    size_t length;
    bool present;
};

/* Words of an erased request are not kept; their commitment is still in the event. */
static bool make_words(struct batch *batch, struct held *held, const char *text, struct words *ret) {
    *ret = (struct words){.present = *text != '\0'};
    if (!ret->present) {
        return true;
    }
    batch_random(batch, ret->random, sizeof ret->random);
    const uint8_t *salt = ret->random + INTAKE_NONCE;
    intake_digest(salt, text, strlen(text), ret->digest);
    if (held->secret.key_status == SECRET_OPEN) {
        ret->sealed =
            intake_text_seal(batch_arena(batch), held->secret.key, held->row.id, ret->random, salt, text, &ret->length);
        return ret->sealed != NULL;
    }
    return true;
}

static void keep_words(struct batch *batch, const struct held *held, const struct words *words,
                       const uint8_t event_id[16]) {
    struct held_text *text = words->sealed == NULL ? NULL : intake_set_text(batch_view(batch));
    if (text != NULL) {
        memcpy(text->request_id, held->row.id, 16);
        memcpy(text->event_id, event_id, 16);
        text->sealed = words->sealed;
        text->length = words->length;
    }
}

static void emit(struct batch *batch, const struct input *cause, const struct intake_plan *plan,
                 const ProtobufCMessage *payload, uint8_t ret_event_id[16]) {
    struct event_draft draft = {
        .aggregate_version = plan->row.version,
        .type = plan->event,
        .from = plan->from,
        .to = plan->to,
        .occurred_at_us = plan->at_us,
        .payload = payload,
    };
    memcpy(draft.aggregate_id, plan->row.id, 16);
    memcpy(draft.request_id, plan->row.id, 16);
    batch_emit(batch, cause, &draft, ret_event_id);
}

static void emit_accept(struct batch *batch, const struct input *cause, const struct intake_plan *plan) {
    const struct intake_row *row = &plan->row;
    Paidan__Intake__V1__AcceptEvent payload = PAIDAN__INTAKE__V1__ACCEPT_EVENT__INIT;
    Paidan__Common__V1__Location location = PAIDAN__COMMON__V1__LOCATION__INIT;
    payload.number = pd_borrow(row->number);
    payload.service_code = pd_borrow(row->service_code);
    payload.urgency = (Paidan__Common__V1__Urgency)row->urgency;
    payload.requested_at_us = row->requested_at_us;
    if (row->has_point) {
        location.lat_presence_case = PAIDAN__COMMON__V1__LOCATION__LAT_PRESENCE_LAT;
        location.long_presence_case = PAIDAN__COMMON__V1__LOCATION__LONG_PRESENCE_LONG;
        location.lat = row->lat;
        location.long_ = row->lon;
        location.coordinate_system = PAIDAN__COMMON__V1__COORDINATE_SYSTEM__COORDINATE_SYSTEM_WGS84;
    }
    payload.location = &location;
    emit(batch, cause, plan, &payload.base, NULL);
}

static void emit_end(struct batch *batch, const struct input *cause, const struct intake_plan *plan,
                     struct words *words, uint8_t ret_event_id[16]) {
    const struct intake_row *row = &plan->row;
    Paidan__Intake__V1__RequestEndEvent payload = PAIDAN__INTAKE__V1__REQUEST_END_EVENT__INIT;
    payload.reject_reason = (Paidan__Common__V1__RejectReason)row->reject_reason;
    payload.satisfaction = (Paidan__Common__V1__Satisfaction)row->satisfaction;
    payload.result = (Paidan__Common__V1__ResultCode)row->result;
    payload.reopen_count = row->reopen_count;
    if (words->present) {
        payload.text_digest = (ProtobufCBinaryData){INTAKE_DIGEST, words->digest};
    }
    emit(batch, cause, plan, &payload.base, ret_event_id);
}

/* ---- replies */

/* The answers of commands are kept for seven days, for those who ask again with the same key; they would outlive the erasure of the
 * request's data. So they leave out what the resident and the staff wrote; reading the request shows it. */
static void reply_view(struct batch *batch, struct input *input, struct held *held, const struct intake_actor *actor) {
    const struct intake_context *context = batch_context(batch);
    enum secret_status status = intake_secret_open(&held->secret, batch_arena(batch), context->kek, held->row.id);
    struct intake_personal shown = held->secret.personal;
    shown.description = shown.address = shown.answer = "";
    Paidan__Intake__V1__ServiceRequest *view =
        intake_view_of(batch_arena(batch), &held->row, status == SECRET_OPEN ? &shown : NULL, actor);
    if (view == NULL || status == SECRET_MEMORY) {
        out_of_memory(batch);
        return;
    }
    batch_reply(batch, input, held->row.version == 1 ? 201 : 200, &view->base);
}

static void reply_disclosed(struct batch *batch, struct input *input, const struct held *held) {
    Paidan__Intake__V1__DiscloseResponse response = PAIDAN__INTAKE__V1__DISCLOSE_RESPONSE__INIT;
    Paidan__Intake__V1__Requester requester = PAIDAN__INTAKE__V1__REQUESTER__INIT;
    char id[PD_ID_TEXT];
    struct pd_id packed;
    memcpy(packed.b, held->row.id, sizeof packed.b);
    response.id = pd_id_text(&packed, id);
    requester.name = pd_borrow(held->secret.personal.name);
    requester.phone = pd_borrow(held->secret.personal.phone);
    response.requester = &requester;
    batch_reply(batch, input, 200, &response.base);
}

static void refuse(struct batch *batch, struct input *input, enum intake_answer answer,
                   const struct intake_refusal *refusal) {
    if (answer == INTAKE_NOT_FOUND) {
        batch_refuse(batch, input, 404, "not-found", "There is no such request, or it is not yours to see.");
    } else if (answer == INTAKE_MALFORMED) {
        batch_refuse(batch, input, 400, "malformed", refusal->detail);
    } else {
        batch_refuse_verdict(batch, input, refusal->verdict, refusal->event, refusal->state, refusal->missing);
    }
}

/* ---- commands */

static struct intake_env env_of(struct batch *batch) {
    const struct intake_context *context = batch_context(batch);
    const struct intake_set *set = batch_view(batch);
    return (struct intake_env){.now_us = batch_now_us(batch),
                               .reopen_us = context->reopen_us,
                               .city = context->city,
                               .day_count = set->day_last + 1};
}

/* Seals what the resident said and commits to it in *ret_digest. */
static bool seal_new(struct batch *batch, struct held *held, const struct intake_wish *wish,
                     uint8_t ret_digest[INTAKE_DIGEST]) {
    const struct intake_context *context = batch_context(batch);
    uint8_t random[INTAKE_SECRET_RANDOM + INTAKE_NONCE];
    batch_random(batch, random, sizeof random);
    const struct intake_personal texts = {
        .name = wish->name, .phone = wish->phone, .address = wish->address, .description = wish->text, .answer = ""};
    if (!intake_secret_new(&held->secret, batch_arena(batch), context->kek, held->row.id, random, &texts) ||
        !intake_secret_reseal(&held->secret, batch_arena(batch), held->row.id, random + INTAKE_SECRET_RANDOM)) {
        return false;
    }
    intake_digest(held->secret.personal.salt, held->secret.personal.bytes, held->secret.personal.length, ret_digest);
    return true;
}

static void decide_register(struct batch *batch, struct input *input, const struct intake_wish *wish) {
    struct intake_set *set = batch_view(batch);
    struct intake_env env = env_of(batch);
    batch_new_id(batch, env.new_id);
    struct intake_plan plan;
    struct intake_refusal refusal;
    enum intake_answer answer = intake_step(NULL, wish, &env, &plan, &refusal);
    if (answer != INTAKE_DONE) {
        refuse(batch, input, answer, &refusal);
        return;
    }
    struct held *held = intake_set_add(set, &plan.row);
    uint8_t digest[INTAKE_DIGEST];
    if (held == NULL || !seal_new(batch, held, wish, digest)) {
        out_of_memory(batch);
        return;
    }
    held->is_new = true;
    set->day_last++;
    Paidan__Intake__V1__RegisterEvent payload = PAIDAN__INTAKE__V1__REGISTER_EVENT__INIT;
    payload.number = held->row.number;
    payload.channel = (Paidan__Common__V1__Channel)plan.row.channel;
    payload.service_code = held->row.service_code;
    payload.urgency = (Paidan__Common__V1__Urgency)plan.row.urgency;
    payload.personal_digest = (ProtobufCBinaryData){INTAKE_DIGEST, digest};
    emit(batch, input, &plan, &payload.base, NULL);
    reply_view(batch, input, held, &wish->actor);
}

/* The words to the requester are kept with his data as well, so that the request shows them. */
static bool keep_answer(struct batch *batch, struct held *held, const struct intake_wish *wish) {
    if ((wish->act != INTAKE_ANSWER_DIRECTLY && wish->act != INTAKE_REJECT) || held->secret.status != SECRET_OPEN) {
        return true;
    }
    uint8_t nonce[INTAKE_NONCE];
    batch_random(batch, nonce, sizeof nonce);
    held->secret.personal.answer = wish->text;
    held->resealed = true;
    return intake_secret_reseal(&held->secret, batch_arena(batch), held->row.id, nonce);
}

/* The personal data must open before anything is decided on them; false: the input is refused. */
static bool open_first(struct batch *batch, struct input *input, struct held *held, const struct intake_wish *wish) {
    const struct intake_context *context = batch_context(batch);
    enum secret_status status = intake_secret_open(&held->secret, batch_arena(batch), context->kek, held->row.id);
    if (status == SECRET_MEMORY) {
        out_of_memory(batch);
        return false;
    }
    if (status == SECRET_BROKEN) {
        batch_refuse(batch, input, 500, "internal",
                     "The stored personal data do not open: the service runs with another key than at registration.");
        return false;
    }
    if (status == SECRET_ERASED && wish->act == INTAKE_DISCLOSE) {
        batch_refuse(batch, input, 404, "not-found", "The personal data of this request were erased.");
        return false;
    }
    return true;
}

static void decide_change(struct batch *batch, struct input *input, struct held *held, const struct intake_wish *wish) {
    struct intake_env env = env_of(batch);
    struct intake_plan plan;
    struct intake_refusal refusal;
    enum intake_answer answer = intake_step(held == NULL ? NULL : &held->row, wish, &env, &plan, &refusal);
    if (answer != INTAKE_DONE) {
        refuse(batch, input, answer, &refusal);
        return;
    }
    assert(held != NULL); /* what is not there is refused */
    struct words words;
    if (!open_first(batch, input, held, wish)) {
        return;
    }
    if (!make_words(batch, held, wish->text, &words) || !keep_answer(batch, held, wish)) {
        out_of_memory(batch);
        return;
    }
    uint8_t event_id[16] = {0};
    if (plan.event == WO_EV_ACCEPT) {
        emit_accept(batch, input, &plan);
    } else {
        emit_end(batch, input, &plan, &words, event_id);
        keep_words(batch, held, &words, event_id);
    }
    held->row = plan.row;
    held->changed = true;
    if (wish->act == INTAKE_DISCLOSE) {
        reply_disclosed(batch, input, held);
    } else {
        reply_view(batch, input, held, &wish->actor);
    }
}

static void decide_command(struct batch *batch, struct input *input) {
    const struct intake_job *job = input->work;
    if (job == NULL) {
        batch_refuse(batch, input, 404, "not-found", "intake has no such command.");
        return;
    }
    if (job->wish.act == INTAKE_REGISTER) {
        decide_register(batch, input, &job->wish);
        return;
    }
    const struct intake_set *set = batch_view(batch);
    struct held *held = job->has_id           ? intake_set_find(set, job->id)
                        : job->number != NULL ? intake_set_find_number(set, job->number)
                                              : NULL;
    decide_change(batch, input, held, &job->wish);
}

/* ---- events of assign, and the timer */

static void decide_event(struct batch *batch, struct input *input) {
    if (input->event.from == WO_NONE && input->event.to == WO_NONE) {
        return; /* a fact of the city, about no request */
    }
    struct held *held = intake_set_find(batch_view(batch), input->event.request_id);
    if (held == NULL) {
        batch_poison(batch, input, "an event of an order whose request is not here");
        return;
    }
    struct intake_order_fact fact = {.version = input->event.aggregate_version, .to = input->event.to};
    memcpy(fact.order_id, input->event.aggregate_id, sizeof fact.order_id);
    const Paidan__Assign__V1__OrderEvent *order = (const void *)input->message;
    if (order != NULL) {
        fact.has_details = true;
        fact.grid = order->grid;
        fact.worker_id = order->worker_id;
        fact.dispatch_seq = order->dispatch_seq;
        fact.result = (int)order->result <= INT16_MAX ? (int)order->result : 0;
    }
    switch (intake_mirror(&held->row, &fact, batch_now_us(batch))) {
    case INTAKE_MIRROR_OLD:
        break;
    case INTAKE_MIRROR_CHANGED:
        held->mirrored = true;
        break;
    case INTAKE_MIRROR_IMPOSSIBLE:
        batch_poison(batch, input, "grid or worker_id of the order is longer than 64 bytes");
        break;
    }
}

static void decide_timer(struct batch *batch, struct input *input) {
    const struct intake_context *context = batch_context(batch);
    const struct intake_set *set = batch_view(batch);
    const struct intake_wish wish = {.act = INTAKE_ARCHIVE,
                                     .actor = {.role = WO_ROLE_SYSTEM, .account_id = "", .worker_id = ""},
                                     .text = "",
                                     .service_code = "",
                                     .address = "",
                                     .name = "",
                                     .phone = ""};
    struct intake_env env = env_of(batch);
    struct words none = {.present = false};
    for (size_t i = 0; i < set->count; i++) {
        struct held *held = set->list[i];
        struct intake_plan plan;
        struct intake_refusal refusal;
        /* Another input of this batch may have reopened it, or closed it anew. */
        if (!held->due || held->row.closed_at_us >= env.now_us - context->archive_us ||
            intake_step(&held->row, &wish, &env, &plan, &refusal) != INTAKE_DONE) {
            continue;
        }
        emit_end(batch, input, &plan, &none, NULL);
        held->row = plan.row;
        held->changed = true;
    }
}

void intake_decide(struct batch *batch, struct input *input) {
    if (batch_view(batch) == NULL) {
        out_of_memory(batch);
        return;
    }
    switch (input->kind) {
    case INPUT_COMMAND:
        decide_command(batch, input);
        break;
    case INPUT_EVENT:
        decide_event(batch, input);
        break;
    case INPUT_TIMER:
        decide_timer(batch, input);
        break;
    }
}
