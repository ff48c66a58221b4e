#include "assign/shell/change_fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "assign/core/code_rule.h"

/* What is shown of a code that may be anything. */
enum { CODE_SHOWN = 40 };

void change_faults_init(struct change_faults *faults, struct pd_arena *arena) {
    *faults = (struct change_faults){.arena = arena};
    faults->end = &faults->first;
}

static void count(struct change_faults *faults, enum fault_kind kind) {
    if (kind == FINDING_OVERLAP) {
        faults->overlaps++;
    } else if (kind == FINDING_GAP || kind == FINDING_OVERHANG) {
        faults->gaps++;
    } else {
        faults->count++;
    }
}

/* Cut at the border of a character. */
static char *shown(struct pd_arena *arena, const char *text, size_t max) {
    if (text == NULL || text_length(text) < 0) {
        return pd_strdup(arena, "");
    }
    size_t length = strnlen(text, max + 1);
    while (length > max || (length > 0 && ((uint8_t)text[length] & 0xc0) == 0x80)) {
        length--;
    }
    return pd_memdup(arena, text, length);
}

struct change_fault *change_fault(struct change_faults *faults, enum fault_kind kind, int32_t feature, const char *code,
                                  const char *format, ...) {
    char detail[4 * CHANGE_DETAIL_MAX];
    count(faults, kind);
    if (faults->kept >= CHANGE_FAULTS_KEPT) {
        return NULL;
    }
    va_list list;
    va_start(list, format);
    int written = vsnprintf(detail, sizeof detail, format, list);
    va_end(list);
    struct change_fault *fault = pd_alloc(faults->arena, sizeof *fault);
    if (fault == NULL || written < 0) {
        return NULL;
    }
    *fault = (struct change_fault){.kind = kind,
                                   .feature = feature,
                                   .code = shown(faults->arena, code, CODE_SHOWN),
                                   .other = "",
                                   .detail = shown(faults->arena, detail, CHANGE_DETAIL_MAX)};
    if (fault->code == NULL || fault->detail == NULL) {
        return NULL;
    }
    *faults->end = fault;
    faults->end = &fault->next;
    faults->kept++;
    return fault;
}
