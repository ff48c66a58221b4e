/* intake_row.h - a service request as plain data: what is queried, nothing personal
 *
 * Use       the shell fills it from table service_request and writes it back; the core reads and changes copies.
 * Promise   fixed size, no pointers: a copy is a copy. Texts are "" and times 0 when absent.
 * Memory    the caller's. Threads any. */
#ifndef INTAKE_CORE_INTAKE_ROW_H
#define INTAKE_CORE_INTAKE_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/domain/wo_fsm.h"
#include "intake/core/intake_number.h"

enum { INTAKE_WORD_MAX = 64, INTAKE_WORD = INTAKE_WORD_MAX + 1 };

/* Coordinates as the caller gave them. */
struct intake_original {
    int system; /* enum geo_system; 0: they were WGS84, and nothing is kept twice */
    double lat, lon;
};

struct intake_row {
    uint8_t id[16];
    char number[INTAKE_NUMBER_TEXT];
    int64_t version; /* counts the events of intake alone, dense from 1 */
    enum wo_state state;
    int channel, urgency; /* numbers of paidan.common.v1 */
    char service_code[INTAKE_WORD];
    bool has_point;
    double lat, lon; /* WGS84 */
    struct intake_original original;
    int64_t requested_at_us, registered_at_us, accepted_at_us, closed_at_us, updated_at_us;
    char requester_account[INTAKE_WORD]; /* of a resident who registered it himself */

    /* learnt from assign */
    bool has_order;
    uint8_t order_id[16];
    int64_t order_version;
    char grid[INTAKE_WORD];
    char worker_id[INTAKE_WORD]; /* accountable now */
    int dispatch_seq, result;

    int satisfaction, reject_reason, reopen_count;
};

/* Who does or asks something; texts are never NULL. */
struct intake_actor {
    uint32_t role; /* one enum wo_role */
    const char *account_id;
    const char *worker_id;
};

#endif
