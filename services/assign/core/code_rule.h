/* code_rule.h - the codes of divisions, grids and workers, and what a text may be (domain.md 4.2)
 *
 * Promise   pure.
 * Threads   any. */
#ifndef ASSIGN_CORE_CODE_RULE_H
#define ASSIGN_CORE_CODE_RULE_H

#include <stdbool.h>
#include <stddef.h>

enum { DIVISION_CITY = 1, DIVISION_TOWN, DIVISION_COMMUNITY };

enum { DIVISION_CODE_MAX = 12, GRID_CODE_LENGTH = 15, WORKER_ID_MAX = 32, NAME_MAX_CHARS = 100, TEXT_MAX_CHARS = 4000 };

enum { SKILL_MAX = 32, SERVICE_PREFIX_MAX = 64 };

/* 6 digits: city; 9: town or subdistrict; 12: community or village. 0: no code. */
int division_level(const char *code);

/* 12 digits of the community and a sequence 001..999. */
bool grid_code_is_valid(const char *code);

/* 1..32 letters, digits, '.', '_' or '-'. */
bool worker_id_is_valid(const char *id);

/* 1..32 of a-z, 0-9, '_' or '-'. */
bool skill_is_valid(const char *skill);

/* How many characters; -1: broken UTF-8. */
long text_length(const char *text);

#endif
