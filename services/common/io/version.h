/* version.h - the release this tree is
 *
 * Use       PAIDAN_VERSION, a string literal. */
#ifndef COMMON_IO_VERSION_H
#define COMMON_IO_VERSION_H

#define PAIDAN_VERSION "0.1.0"

#endif
