#include "assign/shell/recipient_decide.h"

#include <assert.h>
#include <string.h>

#include "assign/shell/assign_context.h"
#include "assign/shell/recipient_act.h"
#include "assign/shell/recipient_words.h"

/* What did not open: false, answered. */
static bool is_open(struct batch *batch, struct input *input, enum recipient_opened opened) {
    if (opened == RECIPIENT_MEMORY) {
        recipient_out_of_memory(batch);
    } else if (opened == RECIPIENT_BROKEN) {
        batch_refuse(batch, input, 500, "internal",
                     "The stored personal data do not open: the service runs with another key than at the marking.");
    }
    assert(opened != RECIPIENT_ERASED); /* checked before */
    return opened == RECIPIENT_OPEN;
}

static bool text_is_good(struct batch *batch, struct input *input, const char *text, const char *detail) {
    bool good = recipient_text_fits(text, RECIPIENT_PURPOSE_MAX);
    if (!good) {
        batch_refuse(batch, input, 400, "malformed", detail);
    }
    return good;
}

/* An event with the words that its actor gave, if any. false: answered, nothing emitted. */
static bool record(struct batch *batch, struct recipient_work *work, struct input *input, enum recipient_act act,
                   struct recipient_slot *slot, const char *text) {
    struct recipient_said *said = NULL;
    uint8_t digest[SEAL_DIGEST], event_id[16] = {0};
    if (text[0] != '\0') {
        uint8_t random[RECIPIENT_TEXT_RANDOM];
        batch_random(batch, random, sizeof random);
        said = batch_alloc(batch, sizeof *said);
        if (said == NULL ||
            !is_open(batch, input,
                     recipient_text_seal(batch_arena(batch), assign_context_of_batch(batch)->kek, slot->row.id,
                                         &slot->row.secret, random, text, &said->sealed, digest))) {
            return false;
        }
    }
    recipient_emit(batch, input, act, &slot->row, said == NULL ? NULL : digest, event_id);
    slot->changed = true;
    if (said != NULL) {
        memcpy(said->recipient_id, slot->row.id, 16);
        memcpy(said->event_id, event_id, 16);
        said->next = work->said;
        work->said = said;
    }
    return true;
}

/* ---- one that is there */

static enum recipient_verdict check(struct batch *batch, const struct input *input, enum recipient_act act,
                                    const struct recipient_slot *slot, const char *purpose) {
    struct recipient_facts facts = {.there = slot != NULL, .has_purpose = !recipient_text_is_blank(purpose)};
    if (slot != NULL) {
        facts.unmarked = slot->row.unmarked_at_us != 0;
        facts.erased = slot->row.secret.wrapped.data == NULL;
        facts.has_post = recipient_has_post(assign_context_of_batch(batch)->city, slot->row.grid, &input->actor);
    }
    return recipient_check(act, input->actor.role, &facts);
}

/* The recipient that the command names, when the actor may; NULL: answered. */
static struct recipient_slot *named(struct batch *batch, const struct recipient_work *work, struct input *input,
                                    enum recipient_act act, const char *purpose) {
    uint8_t id[16];
    if (!recipient_command_id(input, id)) {
        batch_refuse(batch, input, 400, "malformed", "id: must be the UUID of a recipient");
        return NULL;
    }
    struct recipient_slot *slot = recipient_find(work, id);
    enum recipient_verdict verdict = check(batch, input, act, slot, purpose);
    if (verdict != RECIPIENT_OK) {
        recipient_refuse(batch, input, act, verdict);
        return NULL;
    }
    assert(slot != NULL); /* what is not there is refused */
    return slot;
}

static bool open_row(struct batch *batch, struct input *input, const struct recipient_slot *slot,
                     Paidan__Assign__V1__RecipientPersonal **ret_personal) {
    const uint8_t *kek = assign_context_of_batch(batch)->kek;
    return is_open(batch, input,
                   recipient_open(batch_arena(batch), kek, slot->row.id, &slot->row.secret, ret_personal));
}

/* The recipient in clear, with its event recorded; NULL: memory is out. */
static Paidan__Assign__V1__Recipient *show(struct batch *batch, struct recipient_work *work, struct input *input,
                                           enum recipient_act act, struct recipient_slot *slot, const char *purpose,
                                           Paidan__Assign__V1__RecipientPersonal *personal) {
    if (!record(batch, work, input, act, slot, purpose)) {
        return NULL;
    }
    Paidan__Assign__V1__Recipient *words = recipient_in_clear(batch_arena(batch), &slot->row, personal);
    if (words == NULL) {
        recipient_out_of_memory(batch);
    }
    return words;
}

static void decide_read(struct batch *batch, struct recipient_work *work, struct input *input) {
    const Paidan__Assign__V1__RecipientReadRequest *request =
        (const Paidan__Assign__V1__RecipientReadRequest *)input->message;
    Paidan__Assign__V1__RecipientPersonal *personal = NULL;
    struct recipient_slot *slot = named(batch, work, input, RECIPIENT_READ, request->purpose);
    if (slot == NULL || !text_is_good(batch, input, request->purpose, "purpose: at most 500 characters of UTF-8") ||
        !open_row(batch, input, slot, &personal)) {
        return;
    }
    Paidan__Assign__V1__Recipient *words = show(batch, work, input, RECIPIENT_READ, slot, request->purpose, personal);
    if (words != NULL) {
        batch_reply(batch, input, 200, &words->base);
    }
}

static void decide_unmark(struct batch *batch, struct recipient_work *work, struct input *input) {
    const Paidan__Assign__V1__RecipientUnmarkRequest *request =
        (const Paidan__Assign__V1__RecipientUnmarkRequest *)input->message;
    struct recipient_slot *slot = named(batch, work, input, RECIPIENT_UNMARK, request->text);
    if (slot == NULL || !text_is_good(batch, input, request->text, "text: at most 500 characters of UTF-8") ||
        !record(batch, work, input, RECIPIENT_UNMARK, slot, request->text)) {
        return;
    }
    slot->row.unmarked_at_us = batch_now_us(batch);
    recipient_reply_mark(batch, input, 200, &slot->row);
}

static void decide_erase(struct batch *batch, struct recipient_work *work, struct input *input) {
    struct recipient_slot *slot = named(batch, work, input, RECIPIENT_ERASE, "");
    if (slot == NULL || !record(batch, work, input, RECIPIENT_ERASE, slot, "")) {
        return;
    }
    struct recipient *row = &slot->row;
    row->unmarked_at_us = row->unmarked_at_us == 0 ? batch_now_us(batch) : row->unmarked_at_us;
    row->secret.wrapped = (struct recipient_bytes){NULL, 0};
    recipient_reply_mark(batch, input, 200, row);
}

/* ---- all of a grid */

/* May he see what is in the grid? false: answered. */
static bool may_list(struct batch *batch, struct input *input,
                     const Paidan__Assign__V1__RecipientListRequest *request) {
    struct recipient_facts facts = {
        .there = true,
        .has_post = recipient_has_post(assign_context_of_batch(batch)->city, request->grid, &input->actor),
        .has_purpose = !recipient_text_is_blank(request->purpose)};
    enum recipient_verdict verdict = recipient_check(RECIPIENT_LIST, input->actor.role, &facts);
    if (verdict != RECIPIENT_OK) {
        recipient_refuse(batch, input, RECIPIENT_LIST, verdict);
        return false;
    }
    return text_is_good(batch, input, request->purpose, "purpose: at most 500 characters of UTF-8");
}

/* Opens all before the first event: an input that is refused has emitted nothing. */
static void list_page(struct batch *batch, struct recipient_work *work, struct input *input,
                      const struct recipient_page *page, const char *purpose) {
    Paidan__Assign__V1__RecipientListResponse response = PAIDAN__ASSIGN__V1__RECIPIENT_LIST_RESPONSE__INIT;
    Paidan__Assign__V1__RecipientPersonal *opened[RECIPIENT_PAGE_MAX] = {NULL};
    Paidan__Assign__V1__Recipient *shown[RECIPIENT_PAGE_MAX];
    size_t limit = (size_t)page->limit, count = page->count < limit ? page->count : limit;
    for (size_t i = 0; i < count; i++) {
        bool over = page->rows[i]->row.unmarked_at_us != 0; /* by an earlier command of this batch */
        if (!over && !open_row(batch, input, page->rows[i], &opened[i])) {
            return;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (opened[i] == NULL) {
            continue;
        }
        shown[response.n_recipients] = show(batch, work, input, RECIPIENT_LIST, page->rows[i], purpose, opened[i]);
        if (shown[response.n_recipients++] == NULL) {
            return;
        }
    }
    response.recipients = shown;
    if (page->count > limit) {
        response.next_cursor = recipient_id_text(batch_arena(batch), page->rows[limit - 1]->row.id);
    }
    if (response.next_cursor == NULL) {
        recipient_out_of_memory(batch);
        return;
    }
    batch_reply(batch, input, 200, &response.base);
}

static void decide_list(struct batch *batch, struct recipient_work *work, struct input *input) {
    const Paidan__Assign__V1__RecipientListRequest *request =
        (const Paidan__Assign__V1__RecipientListRequest *)input->message;
    struct recipient_page page;
    const char *detail = recipient_page_of(input, &page);
    if (detail != NULL) {
        batch_refuse(batch, input, 400, "malformed", detail);
        return;
    }
    assert(input->work != NULL); /* made for each that can be answered */
    if (may_list(batch, input, request)) {
        list_page(batch, work, input, input->work, request->purpose);
    }
}

void recipient_decide(struct batch *batch, struct recipient_work *work, struct input *input) {
    static const struct {
        const char *name;
        void (*decide)(struct batch *batch, struct recipient_work *work, struct input *input);
    } commands[] = {{"recipient_mark", recipient_decide_mark},
                    {"recipient_read", decide_read},
                    {"recipient_list", decide_list},
                    {"recipient_unmark", decide_unmark},
                    {"recipient_erase", decide_erase}};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, input->name) == 0) {
            commands[i].decide(batch, work, input);
            return;
        }
    }
    batch_refuse(batch, input, 404, "not-found", "assign has no such command.");
}
