#include "intake/shell/intake_wish.h"

#include <string.h>

#include "common/base/id.h"
#include "paidan/intake/v1/intake.pb-c.h"

static int64_t time_of(const Google__Protobuf__Timestamp *at) {
    static const int64_t SECONDS_MAX = INT64_MAX / 1000000 - 1;
    if (at == NULL) {
        return 0;
    }
    if (at->seconds > SECONDS_MAX || at->seconds < -SECONDS_MAX || at->nanos < 0 || at->nanos > 999999999) {
        return at->seconds < 0 ? INT64_MIN : INT64_MAX;
    }
    int64_t us = at->seconds * 1000000 + at->nanos / 1000;
    return us == 0 ? -1 : us; /* 0 is "not given"; 1970 is refused either way */
}

struct intake_actor intake_actor_of(const struct wo_actor *actor) {
    return (struct intake_actor){.role = actor->role, .account_id = actor->account_id, .worker_id = actor->worker_id};
}

void intake_job_name(const char *id, struct intake_job *ret_job) {
    struct pd_id parsed;
    ret_job->has_id = pd_id_parse(id, strlen(id), &parsed);
    if (ret_job->has_id) {
        memcpy(ret_job->id, parsed.b, sizeof ret_job->id);
    } else if (intake_is_number(id)) {
        ret_job->number = id;
    }
}

static void place_of(const Paidan__Common__V1__Location *location, struct intake_wish *ret) {
    if (location == NULL) {
        return;
    }
    ret->has_lat = location->lat_presence_case == PAIDAN__COMMON__V1__LOCATION__LAT_PRESENCE_LAT;
    ret->has_lon = location->long_presence_case == PAIDAN__COMMON__V1__LOCATION__LONG_PRESENCE_LONG;
    ret->lat = ret->has_lat ? location->lat : 0;
    ret->lon = ret->has_lon ? location->long_ : 0;
    ret->coordinate_system = (int)location->coordinate_system;
    ret->has_original = location->original != NULL;
    ret->address = location->address;
}

static const char *take_register(const ProtobufCMessage *message, struct intake_wish *ret) {
    const Paidan__Intake__V1__RegisterRequest *m = (const void *)message;
    ret->channel = (int)m->channel;
    ret->service_code = m->service_code;
    ret->text = m->description;
    ret->urgency = (int)m->urgency;
    ret->at_us = time_of(m->requested_at);
    place_of(m->location, ret);
    if (m->requester != NULL) {
        ret->name = m->requester->name;
        ret->phone = m->requester->phone;
    }
    return "";
}

static const char *take_accept(const ProtobufCMessage *message, struct intake_wish *ret) {
    const Paidan__Intake__V1__AcceptRequest *m = (const void *)message;
    ret->urgency = (int)m->urgency;
    ret->service_code = m->service_code;
    ret->at_us = time_of(m->occurred_at);
    return m->id;
}

static const char *take_answer(const ProtobufCMessage *message, struct intake_wish *ret) {
    const Paidan__Intake__V1__AnswerDirectlyRequest *m = (const void *)message;
    ret->text = m->answer;
    ret->at_us = time_of(m->occurred_at);
    return m->id;
}

static const char *take_reject(const ProtobufCMessage *message, struct intake_wish *ret) {
    const Paidan__Intake__V1__RejectRequest *m = (const void *)message;
    ret->reject_reason = (int)m->reason;
    ret->text = m->text;
    ret->at_us = time_of(m->occurred_at);
    return m->id;
}

static const char *take_cancel(const ProtobufCMessage *message, struct intake_wish *ret) {
    const Paidan__Intake__V1__CancelRequest *m = (const void *)message;
    ret->text = m->text;
    ret->at_us = time_of(m->occurred_at);
    return m->id;
}

static const char *take_visit(const ProtobufCMessage *message, struct intake_wish *ret) {
    const Paidan__Intake__V1__VisitRequest *m = (const void *)message;
    ret->satisfaction = (int)m->satisfaction;
    ret->justified = m->justified != 0;
    ret->text = m->text;
    ret->at_us = time_of(m->occurred_at);
    return m->id;
}

static const char *take_reopen(const ProtobufCMessage *message, struct intake_wish *ret) {
    const Paidan__Intake__V1__ReopenRequest *m = (const void *)message;
    ret->text = m->text;
    ret->at_us = time_of(m->occurred_at);
    return m->id;
}

static const char *take_archive(const ProtobufCMessage *message, struct intake_wish *ret) {
    const Paidan__Intake__V1__ArchiveRequest *m = (const void *)message;
    (void)ret;
    return m->id;
}

static const char *take_disclose(const ProtobufCMessage *message, struct intake_wish *ret) {
    const Paidan__Intake__V1__DiscloseRequest *m = (const void *)message;
    ret->text = m->purpose;
    return m->id;
}

bool intake_wish_of(const struct input *input, struct intake_job *ret_job) {
    static const struct {
        const char *name;
        enum intake_act act;
        const char *(*take)(const ProtobufCMessage *message, struct intake_wish *ret);
    } acts[INTAKE_ACT_COUNT] = {
        {"register", INTAKE_REGISTER, take_register},
        {"accept", INTAKE_ACCEPT, take_accept},
        {"answer_directly", INTAKE_ANSWER_DIRECTLY, take_answer},
        {"reject", INTAKE_REJECT, take_reject},
        {"cancel", INTAKE_CANCEL, take_cancel},
        {"visit", INTAKE_VISIT, take_visit},
        {"reopen", INTAKE_REOPEN, take_reopen},
        {"archive", INTAKE_ARCHIVE, take_archive},
        {"disclose", INTAKE_DISCLOSE, take_disclose},
    };
    *ret_job = (struct intake_job){
        .wish = {.text = "", .service_code = "", .address = "", .name = "", .phone = ""},
    };
    ret_job->wish.actor = intake_actor_of(&input->actor);
    for (size_t i = 0; i < INTAKE_ACT_COUNT; i++) {
        if (strcmp(acts[i].name, input->name) == 0) {
            ret_job->wish.act = acts[i].act;
            const char *id = acts[i].take(input->message, &ret_job->wish);
            if (acts[i].act != INTAKE_REGISTER) {
                intake_job_name(id, ret_job);
            }
            return true;
        }
    }
    return false;
}
