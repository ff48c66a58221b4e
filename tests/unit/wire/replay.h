/* replay.h - gives each file of a folder to a fuzz target. Fails when the folder is missing or empty: a replay of
 * nothing proves nothing. Included by the tests that replay. */
#ifndef TESTS_UNIT_WIRE_REPLAY_H
#define TESTS_UNIT_WIRE_REPLAY_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { REPLAY_FILE_MAX = 1 << 16 };

static inline void replay(const char *folder, int (*target)(const uint8_t *data, size_t size)) {
    DIR *dir = opendir(folder);
    struct dirent *entry;
    size_t count = 0;

    if (dir == NULL) {
        fail_msg("no %s: run from the root of the tree", folder);
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        char path[512];
        static uint8_t data[REPLAY_FILE_MAX];
        size_t size;
        FILE *file;

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        file = fopen(path, "rb");
        if (file == NULL) {
            fail_msg("%s cannot be read", path);
            return;
        }
        size = fread(data, 1, REPLAY_FILE_MAX, file);
        (void)fclose(file);
        assert_int_equal(target(data, size), 0);
        count++;
    }
    (void)closedir(dir);
    print_message("%zu inputs of %s\n", count, folder);
    assert_true(count > 20);
}

#endif
