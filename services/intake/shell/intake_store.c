#include "intake/shell/intake_store.h"

#include <string.h>

#include "intake/shell/intake_context.h"
#include "intake/shell/intake_held.h"
#include "intake/shell/intake_wish.h"
#include "sql/intake_sql.h"

/* What the batch needs, counted over its inputs. */
struct need {
    struct pg_array ids, sealed_too, numbers;
    bool timer, day;
};

/* struct intake_job of a command, made once a batch; NULL when the arena is full or the command unknown. */
static const struct intake_job *job_of(struct batch *batch, struct input *input) {
    struct intake_job *job = batch_alloc(batch, sizeof *job);
    if (job == NULL || !intake_wish_of(input, job)) {
        return NULL;
    }
    return input->work = job;
}

static void count_command(struct need *need, const struct intake_job *job) {
    if (job->wish.act == INTAKE_REGISTER) {
        need->day = true;
    } else if (job->has_id) {
        pg_array_uuid(&need->ids, job->id);
        pg_array_bool(&need->sealed_too, true);
    } else if (job->number != NULL) {
        pg_array_text(&need->numbers, job->number);
    }
}

static void count_needs(struct batch *batch, struct need *ret_need) {
    *ret_need = (struct need){0};
    pg_array_init(&ret_need->ids, batch_arena(batch), PG_UUID);
    pg_array_init(&ret_need->sealed_too, batch_arena(batch), PG_BOOL);
    pg_array_init(&ret_need->numbers, batch_arena(batch), PG_TEXT);
    for (size_t i = 0; i < batch_count(batch); i++) {
        struct input *input = batch_input(batch, i);
        input->work = NULL;
        if (input->kind == INPUT_TIMER) {
            ret_need->timer = true;
        } else if (input->kind == INPUT_EVENT) {
            pg_array_uuid(&ret_need->ids, input->event.request_id);
            pg_array_bool(&ret_need->sealed_too, false);
        } else if (input->message != NULL) {
            const struct intake_job *job = job_of(batch, input);
            if (job != NULL) {
                count_command(ret_need, job);
            }
        }
    }
}

/* Kept from ask() to read() in the view's slot. */
struct asked {
    bool requests, numbers, timer, day;
    int32_t today;
};

static enum pd_fate ask_requests(struct batch *batch, struct pg *pg, struct need *need, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, batch_arena(batch));
    pg_arg_array(&args, &need->ids);
    pg_arg_array(&args, &need->sealed_too);
    return pg_queue(pg, SQL_LOCK_REQUESTS, &args, reterr);
}

static enum pd_fate ask_numbers(struct batch *batch, struct pg *pg, struct need *need, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, batch_arena(batch));
    pg_arg_array(&args, &need->numbers);
    return pg_queue(pg, SQL_LOCK_REQUESTS_BY_NUMBER, &args, reterr);
}

static enum pd_fate ask_archive(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    const struct intake_context *context = batch_context(batch);
    struct pg_args args;
    pg_args_init(&args, batch_arena(batch));
    pg_arg_time(&args, batch_now_us(batch) - context->archive_us);
    pg_arg_int4(&args, INTAKE_ARCHIVE_MAX);
    return pg_queue(pg, SQL_LOCK_REQUESTS_TO_ARCHIVE, &args, reterr);
}

static enum pd_fate ask_day(struct batch *batch, struct pg *pg, int32_t day, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, batch_arena(batch));
    pg_arg_int4(&args, day);
    return pg_queue(pg, SQL_LOCK_DAY, &args, reterr);
}

enum pd_fate intake_ask(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    struct need need;
    count_needs(batch, &need);
    struct asked *asked = batch_alloc(batch, sizeof *asked);
    if (asked == NULL) {
        return PD_OK; /* the engine sees that memory is out and makes the batch smaller */
    }
    *asked = (struct asked){.requests = need.ids.count > 0,
                            .numbers = need.numbers.count > 0,
                            .timer = need.timer,
                            .day = need.day,
                            .today = intake_day(batch_now_us(batch))};
    batch_set_view(batch, asked);
    enum pd_fate fate = PD_OK;
    if (asked->requests) {
        fate = ask_requests(batch, pg, &need, reterr);
    }
    if (fate == PD_OK && asked->numbers) {
        fate = ask_numbers(batch, pg, &need, reterr);
    }
    if (fate == PD_OK && asked->timer) {
        fate = ask_archive(batch, pg, reterr);
    }
    if (fate == PD_OK && asked->day) {
        fate = ask_day(batch, pg, asked->today, reterr);
    }
    return fate;
}

static bool take_rows(struct intake_set *set, struct pg *pg, bool due) {
    struct pg_result *result = pg_take(pg);
    for (int i = 0; result != NULL && i < pg_rows(result); i++) {
        struct intake_row row;
        struct intake_secret secret;
        intake_row_of(result, i, &row, &secret);
        struct held *held = intake_set_add(set, &row);
        if (held == NULL) {
            return false;
        }
        held->due |= due;
        if (held->secret.sealed == NULL) {
            held->secret = secret;
        }
    }
    return true;
}

/* The first batch of a day finds no row and makes it. */
static enum pd_fate take_day(struct batch *batch, struct pg *pg, struct intake_set *set, struct pd_err *reterr) {
    struct pg_result *result = pg_take(pg);
    enum pd_fate fate = PD_OK;
    if (pg_rows(result) == 0) {
        struct pg_args args;
        pg_args_init(&args, batch_arena(batch));
        pg_arg_int4(&args, set->day);
        fate = pg_query(pg, SQL_ADD_DAY, &args, &result, reterr);
    }
    if (fate == PD_OK) {
        set->day_last = set->day_loaded = pg_int8(result, 0, 0);
    }
    return fate;
}

static bool no_memory(struct batch *batch) {
    return batch_alloc(batch, SIZE_MAX) == NULL; /* tells the engine, whoever of us met the limit */
}

enum pd_fate intake_read(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    const struct asked *asked = batch_view(batch);
    if (asked == NULL) {
        return PD_OK;
    }
    size_t inputs = batch_count(batch);
    struct intake_set *set =
        intake_set_new(batch_arena(batch), inputs + (asked->timer ? (size_t)INTAKE_ARCHIVE_MAX : 0), inputs);
    batch_set_view(batch, set);
    if (set == NULL) {
        return no_memory(batch) ? PD_OK : PD_RETRY;
    }
    bool whole = !asked->requests || take_rows(set, pg, false);
    whole = whole && (!asked->numbers || take_rows(set, pg, false));
    whole = whole && (!asked->timer || take_rows(set, pg, true));
    if (!whole) {
        return no_memory(batch) ? PD_OK : PD_RETRY;
    }
    set->day = asked->today;
    return asked->day ? take_day(batch, pg, set, reterr) : PD_OK;
}

/* ---- save */

static void optional_time(struct pg_array *array, int64_t us) {
    if (us == 0) {
        pg_array_null(array);
    } else {
        pg_array_time(array, us);
    }
}

static void optional_text(struct pg_array *array, const char *text) {
    pg_array_text(array, *text == '\0' ? NULL : text);
}

static void small(struct pg_array *array, int value) {
    pg_array_int2(array, (int16_t)value);
}

enum { NEW_COLUMNS = 20, CHANGED_COLUMNS = 17, MIRRORED_COLUMNS = 8 };

static void init_arrays(struct pg_array *arrays, const enum pg_type *types, int count, struct pd_arena *arena) {
    for (int i = 0; i < count; i++) {
        pg_array_init(&arrays[i], arena, types[i]);
    }
}

static enum pd_fate queue_arrays(struct batch *batch, struct pg *pg, const char *sql, struct pg_array *arrays,
                                 int count, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, batch_arena(batch));
    pg_arg_time(&args, batch_now_us(batch));
    for (int i = 0; i < count; i++) {
        pg_arg_array(&args, &arrays[i]);
    }
    return pg_queue(pg, sql, &args, reterr);
}

static void put_original(struct pg_array *a, const struct intake_original *original) {
    if (original->system == 0) {
        pg_array_null(a++);
        pg_array_null(a++);
        pg_array_null(a);
        return;
    }
    pg_array_float8(a++, original->lat);
    pg_array_float8(a++, original->lon);
    small(a, original->system);
}

/* In the order of sql/insert_requests.sql. */
static void put_new(struct pg_array *a, const struct held *held) {
    const struct intake_row *row = &held->row;
    pg_array_uuid(a++, row->id);
    pg_array_text(a++, row->number);
    pg_array_int8(a++, row->version);
    small(a++, (int)row->state);
    small(a++, row->channel);
    small(a++, row->urgency);
    pg_array_text(a++, row->service_code);
    if (row->has_point) {
        pg_array_float8(a++, row->lat);
        pg_array_float8(a++, row->lon);
    } else {
        pg_array_null(a++);
        pg_array_null(a++);
    }
    pg_array_time(a++, row->requested_at_us);
    optional_time(a++, row->accepted_at_us);
    optional_time(a++, row->closed_at_us);
    optional_text(a++, row->requester_account);
    small(a++, row->result);
    small(a++, row->reject_reason);
    pg_array_bytea(a++, held->secret.wrapped, held->secret.wrapped_length);
    pg_array_bytea(a++, held->secret.sealed, held->secret.sealed_length);
    put_original(a, &row->original);
}

static enum pd_fate save_new(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    static const enum pg_type types[NEW_COLUMNS] = {
        PG_UUID,   PG_TEXT,   PG_INT8,        PG_INT2,        PG_INT2,        PG_INT2, PG_TEXT,
        PG_FLOAT8, PG_FLOAT8, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TEXT, PG_INT2,
        PG_INT2,   PG_BYTEA,  PG_BYTEA,       PG_FLOAT8,      PG_FLOAT8,      PG_INT2};
    const struct intake_set *set = batch_view(batch);
    struct pg_array arrays[NEW_COLUMNS];
    init_arrays(arrays, types, NEW_COLUMNS, batch_arena(batch));
    for (size_t i = 0; i < set->count; i++) {
        if (set->list[i]->is_new) {
            put_new(arrays, set->list[i]);
        }
    }
    return arrays[0].count == 0 ? PD_OK : queue_arrays(batch, pg, SQL_INSERT_REQUESTS, arrays, NEW_COLUMNS, reterr);
}

/* In the order of sql/update_requests.sql. */
static void put_changed(struct pg_array *a, const struct held *held) {
    const struct intake_row *row = &held->row;
    pg_array_uuid(a++, row->id);
    pg_array_int8(a++, row->version);
    small(a++, (int)row->state);
    small(a++, row->urgency);
    pg_array_text(a++, row->service_code);
    optional_time(a++, row->accepted_at_us);
    optional_time(a++, row->closed_at_us);
    pg_array_uuid(a++, row->has_order ? row->order_id : NULL);
    pg_array_int8(a++, row->order_version);
    optional_text(a++, row->grid);
    optional_text(a++, row->worker_id);
    pg_array_int4(a++, row->dispatch_seq);
    small(a++, row->result);
    small(a++, row->satisfaction);
    small(a++, row->reject_reason);
    pg_array_int4(a++, row->reopen_count);
    if (held->resealed) {
        pg_array_bytea(a, held->secret.sealed, held->secret.sealed_length);
    } else {
        pg_array_null(a);
    }
}

static enum pd_fate save_changed(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    static const enum pg_type types[CHANGED_COLUMNS] = {
        PG_UUID, PG_INT8, PG_INT2, PG_INT2, PG_TEXT, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_UUID, PG_INT8,
        PG_TEXT, PG_TEXT, PG_INT4, PG_INT2, PG_INT2, PG_INT2,        PG_INT4,        PG_BYTEA};
    const struct intake_set *set = batch_view(batch);
    struct pg_array arrays[CHANGED_COLUMNS];
    init_arrays(arrays, types, CHANGED_COLUMNS, batch_arena(batch));
    for (size_t i = 0; i < set->count; i++) {
        if (set->list[i]->changed && !set->list[i]->is_new) {
            put_changed(arrays, set->list[i]);
        }
    }
    return arrays[0].count == 0 ? PD_OK : queue_arrays(batch, pg, SQL_UPDATE_REQUESTS, arrays, CHANGED_COLUMNS, reterr);
}

/* In the order of sql/update_mirrored.sql. */
static void put_mirrored(struct pg_array *a, const struct held *held) {
    const struct intake_row *row = &held->row;
    pg_array_uuid(a++, row->id);
    small(a++, (int)row->state);
    pg_array_uuid(a++, row->order_id);
    pg_array_int8(a++, row->order_version);
    optional_text(a++, row->grid);
    optional_text(a++, row->worker_id);
    pg_array_int4(a++, row->dispatch_seq);
    small(a, row->result);
}

/* Most changes are assign's: they write no more than they must. */
static enum pd_fate save_mirrored(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    static const enum pg_type types[MIRRORED_COLUMNS] = {PG_UUID, PG_INT2, PG_UUID, PG_INT8,
                                                         PG_TEXT, PG_TEXT, PG_INT4, PG_INT2};
    const struct intake_set *set = batch_view(batch);
    struct pg_array arrays[MIRRORED_COLUMNS];
    init_arrays(arrays, types, MIRRORED_COLUMNS, batch_arena(batch));
    for (size_t i = 0; i < set->count; i++) {
        const struct held *held = set->list[i];
        if (held->mirrored && !held->changed && !held->is_new) {
            put_mirrored(arrays, held);
        }
    }
    return arrays[0].count == 0 ? PD_OK
                                : queue_arrays(batch, pg, SQL_UPDATE_MIRRORED, arrays, MIRRORED_COLUMNS, reterr);
}

static enum pd_fate save_texts(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    const struct intake_set *set = batch_view(batch);
    struct pg_array requests, events, sealed;
    pg_array_init(&requests, batch_arena(batch), PG_UUID);
    pg_array_init(&events, batch_arena(batch), PG_UUID);
    pg_array_init(&sealed, batch_arena(batch), PG_BYTEA);
    for (size_t i = 0; i < set->text_count; i++) {
        pg_array_uuid(&requests, set->texts[i].request_id);
        pg_array_uuid(&events, set->texts[i].event_id);
        pg_array_bytea(&sealed, set->texts[i].sealed, set->texts[i].length);
    }
    if (set->text_count == 0) {
        return PD_OK;
    }
    struct pg_args args;
    pg_args_init(&args, batch_arena(batch));
    pg_arg_array(&args, &requests);
    pg_arg_array(&args, &events);
    pg_arg_array(&args, &sealed);
    return pg_queue(pg, SQL_INSERT_TEXTS, &args, reterr);
}

static enum pd_fate save_day(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    const struct intake_set *set = batch_view(batch);
    if (set->day_last == set->day_loaded) {
        return PD_OK;
    }
    struct pg_args args;
    pg_args_init(&args, batch_arena(batch));
    pg_arg_int4(&args, set->day);
    pg_arg_int8(&args, set->day_last);
    return pg_queue(pg, SQL_SAVE_DAY, &args, reterr);
}

enum pd_fate intake_save(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    enum pd_fate fate = save_new(batch, pg, reterr);
    if (fate == PD_OK) {
        fate = save_changed(batch, pg, reterr);
    }
    if (fate == PD_OK) {
        fate = save_mirrored(batch, pg, reterr);
    }
    if (fate == PD_OK) {
        fate = save_texts(batch, pg, reterr);
    }
    return fate != PD_OK ? fate : save_day(batch, pg, reterr);
}
