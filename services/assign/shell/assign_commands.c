#include <stdio.h>
#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/assign_work.h"

/* A command of an order in one form. */
struct order_command {
    enum wo_event event;
    const char *id;
    int32_t seen_seq;
    int32_t result;
    const char *text;             /* NULL: this command has none */
    const char *worker_id, *grid; /* whom it names; NULL: it cannot */
    bool contacted_requester;
    const Google__Protobuf__Timestamp *occurred_at;
};

static void read_dispatch(const ProtobufCMessage *message, struct order_command *ret) {
    const Paidan__Assign__V1__DispatchRequest *request = (const Paidan__Assign__V1__DispatchRequest *)message;
    *ret = (struct order_command){.event = WO_EV_DISPATCH,
                                  .id = request->id,
                                  .worker_id = request->worker_id,
                                  .grid = request->grid,
                                  .occurred_at = request->occurred_at};
}

static void read_reassign(const ProtobufCMessage *message, struct order_command *ret) {
    const Paidan__Assign__V1__ReassignRequest *request = (const Paidan__Assign__V1__ReassignRequest *)message;
    *ret = (struct order_command){.event = WO_EV_REASSIGN,
                                  .id = request->id,
                                  .text = request->text,
                                  .worker_id = request->worker_id,
                                  .grid = request->grid};
}

static void read_sign(const ProtobufCMessage *message, struct order_command *ret) {
    const Paidan__Assign__V1__SignRequest *request = (const Paidan__Assign__V1__SignRequest *)message;
    *ret = (struct order_command){
        .event = WO_EV_SIGN, .id = request->id, .seen_seq = request->dispatch_seq, .occurred_at = request->occurred_at};
}

static void read_start(const ProtobufCMessage *message, struct order_command *ret) {
    const Paidan__Assign__V1__StartRequest *request = (const Paidan__Assign__V1__StartRequest *)message;
    *ret = (struct order_command){.event = WO_EV_START,
                                  .id = request->id,
                                  .seen_seq = request->dispatch_seq,
                                  .occurred_at = request->occurred_at};
}

static void read_feed_back(const ProtobufCMessage *message, struct order_command *ret) {
    const Paidan__Assign__V1__FeedBackRequest *request = (const Paidan__Assign__V1__FeedBackRequest *)message;
    *ret = (struct order_command){.event = WO_EV_FEED_BACK,
                                  .id = request->id,
                                  .seen_seq = request->dispatch_seq,
                                  .result = (int32_t)request->result,
                                  .text = request->text,
                                  .contacted_requester = request->contacted_requester,
                                  .occurred_at = request->occurred_at};
}

static void read_review_pass(const ProtobufCMessage *message, struct order_command *ret) {
    const Paidan__Assign__V1__ReviewPassRequest *request = (const Paidan__Assign__V1__ReviewPassRequest *)message;
    *ret = (struct order_command){
        .event = WO_EV_REVIEW_PASS, .id = request->id, .text = request->text, .occurred_at = request->occurred_at};
}

static void read_review_fail(const ProtobufCMessage *message, struct order_command *ret) {
    const Paidan__Assign__V1__ReviewFailRequest *request = (const Paidan__Assign__V1__ReviewFailRequest *)message;
    *ret = (struct order_command){
        .event = WO_EV_REVIEW_FAIL, .id = request->id, .text = request->text, .occurred_at = request->occurred_at};
}

static const struct {
    const char *name;
    void (*read)(const ProtobufCMessage *message, struct order_command *ret);
} readers[] = {
    {"dispatch", read_dispatch},
    {"reassign", read_reassign},
    {"sign", read_sign},
    {"start", read_start},
    {"feed_back", read_feed_back},
    {"review_pass", read_review_pass},
    {"review_fail", read_review_fail},
};

static bool read_input(const struct input *input, struct order_command *ret) {
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        if (strcmp(readers[i].name, input->name) == 0) {
            readers[i].read(input->message, ret);
            return true;
        }
    }
    return false;
}

bool assign_command_id(const struct input *input, uint8_t ret_id[16]) {
    struct order_command command;
    return read_input(input, &command) ? assign_id(command.id, ret_id) : address_command_id(input, ret_id);
}

const char *assign_command_grid(const struct input *input) {
    struct order_command command;
    return read_input(input, &command) && command.grid != NULL ? command.grid : "";
}

/* ---- what a command must be by itself; false: refused */

static bool text_is_good(struct batch *batch, struct input *input, const struct order_command *command) {
    long length = command->text == NULL ? 0 : text_length(command->text);
    if (length < 0) {
        batch_refuse(batch, input, 400, "malformed", "text: not UTF-8");
    } else if (length > TEXT_MAX_CHARS) {
        batch_refuse(batch, input, 422, "guard", "text: at most 4000 characters");
    }
    return length >= 0 && length <= TEXT_MAX_CHARS;
}

static bool time_is_good(struct batch *batch, struct input *input, const struct order *order, int64_t occurred_at_us) {
    switch (occurred_at_us == 0 ? ORDER_TIME_OK : order_time_check(order, occurred_at_us, batch_now_us(batch))) {
    case ORDER_TIME_OK:
        return true;
    case ORDER_TIME_FUTURE:
        batch_refuse(batch, input, 422, "guard",
                     "occurred_at: more than 5 minutes in the future; leave it out to mean now");
        return false;
    case ORDER_TIME_BEFORE_ACCEPTANCE:
        batch_refuse(batch, input, 422, "guard", "occurred_at: before the order was accepted");
        return false;
    }
    return false;
}

/* ---- dispatch and reassign by hand: the worker named, or the accountable one of the grid named */

static bool choose_target(struct batch *batch, struct input *input, const struct order_command *command,
                          const struct order *order, struct order_target *ret_target) {
    struct city *city = assign_city(batch);
    if ((command->grid[0] == '\0') == (command->worker_id[0] == '\0')) {
        batch_refuse(batch, input, 422, "guard", "name either a worker_id or a grid");
        return false;
    }
    if (command->grid[0] != '\0' ? !city_has_map(city) : assign_lacks_map(city, order)) {
        assign_refuse_without_map(batch, input);
        return false;
    }
    if (command->grid[0] != '\0') {
        const struct map_grid *grid = city_grid(city, command->grid);
        if (grid == NULL) {
            batch_refuse(batch, input, 422, "guard", "grid: no grid has this code now");
            return false;
        }
        *ret_target = assign_target(batch, order, grid);
        return true;
    }
    const struct worker *worker = city_worker(city, command->worker_id);
    if (worker == NULL) {
        batch_refuse(batch, input, 422, "guard", "worker_id: no worker has this id");
        return false;
    }
    const struct map_grid *grid = assign_grid_of(city, order);
    bool on_duty = people_on_duty(worker, batch_now_us(batch));
    *ret_target = (struct order_target){.grid = grid == NULL ? "" : grid->code,
                                        .grid_version = grid == NULL ? 0 : grid->version,
                                        .worker_id = on_duty ? worker->id : ""};
    return true;
}

/* ---- */

static void reply_order(struct batch *batch, struct input *input, const struct order *order) {
    Paidan__Assign__V1__WorkOrder *words = assign_order_words(batch_arena(batch), order, &input->actor);
    if (words == NULL) {
        batch_refuse(batch, input, 503, "busy", "too much at once: try again in a moment");
        return;
    }
    batch_reply(batch, input, 200, &words->base);
}

static void step(struct batch *batch, struct input *input, struct order_slot *slot,
                 const struct order_command *command) {
    struct order_act act = {.event = command->event,
                            .role = input->actor.role,
                            .worker_id = input->actor.worker_id,
                            .seen_seq = command->seen_seq,
                            .occurred_at_us = assign_time_us(command->occurred_at),
                            .has_text = command->text != NULL && command->text[0] != '\0',
                            .result = command->result};
    struct order_plan plan;
    uint32_t missing = 0;
    bool may = wo_fsm_rule(command->event, slot->order.state) != NULL &&
               (wo_fsm_rule(command->event, slot->order.state)->actors & act.role) != 0;
    if (command->worker_id != NULL && may && !choose_target(batch, input, command, &slot->order, &act.target)) {
        return;
    }
    if (command->event == WO_EV_REASSIGN && may && order_is_of(&slot->order, act.target.worker_id)) {
        batch_refuse(batch, input, 422, "guard", "this worker has the order already: name another");
        return;
    }
    enum wo_verdict verdict = order_step(&slot->order, &act, batch_now_us(batch), &plan, &missing);
    if (verdict != WO_OK) {
        batch_refuse_verdict(batch, input, verdict, command->event, slot->order.state, missing);
        return;
    }
    if (!time_is_good(batch, input, &slot->order, act.occurred_at_us)) {
        return;
    }
    struct assign_words_said words = {.text = act.has_text ? command->text : NULL,
                                      .contacted_requester = command->contacted_requester,
                                      .reason = command->event == WO_EV_REASSIGN ? (int)CHANGE_DISPATCHER : 0};
    assign_record(batch, input, slot, &plan, &words);
    reply_order(batch, input, &slot->order);
}

void assign_decide_command(struct batch *batch, struct input *input) {
    struct assign_work *work = batch_view(batch);
    struct order_command command;
    uint8_t id[16];
    if (recipient_is_due(input)) {
        recipient_decide(batch, &work->recipients, input);
        return;
    }
    if (people_is_command(input)) {
        people_decide(batch, input);
        return;
    }
    if (address_is_mine(input)) {
        address_decide(batch, input);
        return;
    }
    if (place_import_is_mine(input)) {
        place_import_decide(batch, &work->places, input);
        return;
    }
    if (change_is_due(input)) {
        change_decide(batch, &work->changes, work->import.changed != NULL, input);
        return;
    }
    if (!read_input(input, &command)) {
        if (work->changes.applied != NULL) {
            batch_refuse(batch, input, 503, "busy", "the map is being changed: try again in a moment");
            return;
        }
        import_decide(batch, &work->import, city_geos(assign_city(batch)), input);
        return;
    }
    if (!assign_id(command.id, id)) {
        batch_refuse(batch, input, 400, "malformed", "id: must be the UUID of an order");
        return;
    }
    struct order_slot *slot = order_view_by_id(&work->view, id);
    /* A worker learns of no order but his own, not even that it is there. */
    if (slot == NULL || (input->actor.role == WO_ROLE_WORKER && !order_is_of(&slot->order, input->actor.worker_id))) {
        batch_refuse(batch, input, 404, "not-found", "no such order, or not yours (any more): read your orders again");
        return;
    }
    if (text_is_good(batch, input, &command)) {
        step(batch, input, slot, &command);
    }
}
