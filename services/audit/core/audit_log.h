/* audit_log.h - the log: every event once, under a dense sequence
 *
 * Use       audit_log_init() with the size and the counts that are stored; audit_log_append() for each event, in
 *           order.
 * Promise   pure. seq runs from 1 without a hole; the digest is SHA-256 of the bytes received, never of bytes
 *           made anew. Types that this version does not know are logged and counted like any other.
 * Memory    the caller's; events borrow the bytes received.
 * Threads   one at a time. */
#ifndef AUDIT_CORE_AUDIT_LOG_H
#define AUDIT_CORE_AUDIT_LOG_H

#include <stddef.h>
#include <stdint.h>

/* Types from AUDIT_TYPES on are counted together under 0. */
enum { AUDIT_TYPES = 256, AUDIT_DIGEST = 32 };

/* Numbers of table producer; also the order of producers among events of one instant. 0: none that we know. */
enum audit_producer { AUDIT_OTHER, AUDIT_INTAKE, AUDIT_ASSIGN, AUDIT_NOTIFY };

/* A row of table trace_event. */
struct audit_event {
    int64_t seq;
    uint8_t digest[AUDIT_DIGEST];
    const uint8_t *bytes;
    size_t length;
    uint8_t event_id[16];
    uint8_t request_id[16];
    uint8_t aggregate_id[16];
    int64_t aggregate_version;
    int32_t type, from_state, to_state;
    int32_t actor_role; /* number of paidan.common.v1.Role */
    const char *actor_id, *worker_id;
    enum audit_producer producer;
    uint32_t partition;
    int64_t producer_seq;
    int64_t occurred_at_us, recorded_at_us;
};

struct audit_log {
    int64_t size;
    int64_t counts[AUDIT_TYPES];
    size_t types; /* counts in use: the highest type seen, plus one */
};

void audit_log_init(struct audit_log *log, int64_t size, const int64_t *counts, size_t types);
/* Gives the event its place and its digest. */
void audit_log_append(struct audit_log *log, struct audit_event *event);

enum audit_producer audit_producer_number(const char *name);
/* "" for AUDIT_OTHER and for numbers unknown. */
const char *audit_producer_name(int number);

/* The wire's number of a role of the state machine; 0: none or more than one. */
int32_t audit_role_number(uint32_t role);
/* And back; 0: none. */
uint32_t audit_role_bit(int32_t number);

#endif
