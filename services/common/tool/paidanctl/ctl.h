/* ctl.h - what the commands of paidanctl share
 *
 * Fails     ctl_call() NULL: the problem is printed, *ret_exit says what paidanctl ends with.
 * Memory    answers belong to the caller. */
#ifndef COMMON_TOOL_PAIDANCTL_CTL_H
#define COMMON_TOOL_PAIDANCTL_CTL_H

#include <jansson.h>

struct ctl;

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };

/* Calls the gateway; the status is below 300. */
json_t *ctl_call(struct ctl *ctl, const char *method, const char *path, const char *body, int *ret_exit);
/* As the account of the command's role; 0, or what paidanctl ends with. */
int ctl_log_in(struct ctl *ctl);
/* The text of a key; "" when absent. */
const char *ctl_text(const json_t *object, const char *key);

/* paidanctl import-grids FILE --layer LAYER [OPTION ...]; arguments end with NULL. */
int ctl_import_grids(struct ctl *ctl, char **arguments);

#endif
