#include "audit/core/audit_log.h"

#include <assert.h>
#include <sodium/crypto_hash_sha256.h>
#include <string.h>

static const char *const producers[] = {
    [AUDIT_OTHER] = "",
    [AUDIT_INTAKE] = "intake",
    [AUDIT_ASSIGN] = "assign",
    [AUDIT_NOTIFY] = "notify",
};

enum { PRODUCERS = sizeof producers / sizeof producers[0] };

void audit_log_init(struct audit_log *log, int64_t size, const int64_t *counts, size_t types) {
    assert(size >= 0 && types <= AUDIT_TYPES);
    *log = (struct audit_log){.size = size, .types = types};
    memcpy(log->counts, counts, types * sizeof counts[0]);
}

void audit_log_append(struct audit_log *log, struct audit_event *event) {
    size_t slot = event->type > 0 && event->type < AUDIT_TYPES ? (size_t)event->type : 0;
    event->seq = ++log->size;
    crypto_hash_sha256(event->digest, event->bytes, event->length);
    log->counts[slot]++;
    if (log->types <= slot) {
        log->types = slot + 1;
    }
}

enum audit_producer audit_producer_number(const char *name) {
    for (int i = 1; i < PRODUCERS; i++) {
        if (strcmp(producers[i], name) == 0) {
            return (enum audit_producer)i;
        }
    }
    return AUDIT_OTHER;
}

const char *audit_producer_name(int number) {
    return number > 0 && number < PRODUCERS ? producers[number] : "";
}

int32_t audit_role_number(uint32_t role) {
    int32_t number = 0;
    for (uint32_t rest = role; rest > 1; rest >>= 1) {
        number++;
    }
    return audit_role_bit(number) == role ? number : 0;
}

uint32_t audit_role_bit(int32_t number) {
    return number > 0 && number < 32 ? UINT32_C(1) << number : 0;
}
