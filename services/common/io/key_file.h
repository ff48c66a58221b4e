/* key_file.h - reads the service's key-encryption key from its file
 *
 * Use       key_file_read() when the service opens; keep the key in memory and wipe it at the end.
 * Promise   a key is read from a regular text of 64 hex digits (and a newline), never made up: what a default key sealed
 *           could be read by anybody.
 * Fails     PD_BROKEN "KEY-FILE": no path, not readable, readable by everybody, not 64 hex digits. ret_key is then undefined.
 * Threads   any. */
#ifndef COMMON_IO_KEY_FILE_H
#define COMMON_IO_KEY_FILE_H

#include <stdint.h>

#include "common/base/err.h"

enum { KEY_FILE_BYTES = 32 };

enum pd_fate key_file_read(const char *path, uint8_t ret_key[KEY_FILE_BYTES], struct pd_err *reterr);

#endif
