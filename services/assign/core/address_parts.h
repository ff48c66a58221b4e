/* address_parts.h - an address behind its divisions, cut into places, numbers, building, unit and room; private to core
 *
 * Promise   pure. Sets parts, whole and beside of the reading.
 * Fails     false: no name in it.
 * Threads   any. */
#ifndef ASSIGN_CORE_ADDRESS_PARTS_H
#define ASSIGN_CORE_ADDRESS_PARTS_H

#include "assign/core/address_text.h"

bool address_parts(const uint16_t *chars, size_t count, struct address_reading *reading);

/* tail ends with 0. */
bool address_ends(const uint16_t *chars, size_t count, const uint16_t *tail);

#endif
