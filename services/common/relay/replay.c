/* replay.c - the command replay_dead_letter, which every service has
 *
 * A letter that was an event is decided again as if it had just come, but outside the producer's numbers: those have long gone on.
 * It is marked replayed in the transaction of its effects. A letter that was no event cannot be replayed: its sender was told. */
#include <string.h>

#include "common/base/borrow.h"
#include "common/relay/writer.h"
#include "common/wire/alloc.h"
#include "paidan/gateway/v1/gateway.pb-c.h"
#include "sql/common_sql.h"

bool replay_wanted(const struct work *work) {
    const char *name = work->kind == WORK_COMMANDS ? strrchr(bus_message_subject(work->message), '.') : NULL;
    return name != NULL && strcmp(name, ".replay_dead_letter") == 0;
}

/* The producer in pd.evt.<producer>.pNN when this service hears it; NULL otherwise. */
static const char *producer_of(const struct service_ops *ops, const char *source) {
    static const char prefix[] = "pd.evt.";
    for (int i = 0; ops->hears != NULL && ops->hears[i] != NULL && strncmp(source, prefix, sizeof prefix - 1) == 0;
         i++) {
        size_t length = strlen(ops->hears[i]);
        const char *word = source + sizeof prefix - 1;
        if (strncmp(word, ops->hears[i], length) == 0 && word[length] == '.') {
            return ops->hears[i];
        }
    }
    return NULL;
}

static void add_letter(struct writer *writer, struct source *source, int64_t id) {
    struct batch *batch = writer->batch;
    struct pg_args args;
    struct pg_result *result = NULL;
    struct pd_err err;
    pg_args_init(&args, &batch->gathered);
    pg_arg_int8(&args, id);
    if (pg_query(writer->pg, SQL_READ_DEAD_LETTER, &args, &result, &err) != PD_OK) {
        batch_add_problem(batch, source, 503, "busy", "The database is not available; try again.");
        return;
    }
    const char *producer = pg_rows(result) == 1 ? producer_of(writer->ops, pg_text(result, 0, 0)) : NULL;
    if (pg_rows(result) == 0) {
        batch_add_problem(batch, source, 404, "not-found", "No dead letter has this id.");
    } else if (!pg_is_null(result, 0, 2)) {
        batch_add_problem(batch, source, 409, "wrong-state", "The letter was replayed already.");
    } else if (producer == NULL) {
        batch_add_problem(batch, source, 422, "guard",
                          "Only events can be replayed; the sender of this message was told of its fault.");
    } else {
        size_t length;
        const uint8_t *bytes = pg_bytea(result, 0, 1, &length);
        ProtobufCBinaryData body = {.len = length, .data = pd_borrow(bytes)};
        batch_add_replay(batch, source, id, producer, body);
    }
    pg_release(writer->pg);
}

void replay_add(struct writer *writer, const struct work *work) {
    struct batch *batch = writer->batch;
    struct source *source = batch_new_source(batch, work);
    size_t length;
    const uint8_t *bytes = bus_message_bytes(work->message, &length);
    ProtobufCAllocator allocator = wire_alloc(&batch->gathered);
    Paidan__Common__V1__CommandBatch *commands = paidan__common__v1__command_batch__unpack(&allocator, length, bytes);
    if (commands == NULL || commands->n_commands == 0 || commands->n_commands > INPUTS_MAX / 2) {
        batch_add_problem(batch, source, 400, "malformed", "Not a CommandBatch, or one with too many commands.");
        return;
    }
    for (size_t i = 0; i < commands->n_commands; i++) {
        const Paidan__Common__V1__Command *command = commands->commands[i];
        Paidan__Gateway__V1__ReplayDeadLetterRequest *request = paidan__gateway__v1__replay_dead_letter_request__unpack(
            &allocator, command->payload.len,
            command->payload.data == NULL ? (const uint8_t *)"" : command->payload.data);
        if (command->actor == NULL || command->actor->role != PAIDAN__COMMON__V1__ROLE__ROLE_ADMIN) {
            batch_add_problem(batch, source, 403, "forbidden", "Dead letters are replayed by administrators.");
        } else if (request == NULL) {
            batch_add_problem(batch, source, 400, "malformed",
                              "The command's payload is not the message of its subject.");
        } else {
            add_letter(writer, source, request->id);
        }
    }
}
