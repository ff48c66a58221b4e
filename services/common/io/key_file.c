#include "common/io/key_file.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX = 2 * KEY_FILE_BYTES };

static enum pd_fate wrong_key(struct pd_err *reterr, const char *path, const char *what) {
    return pd_fail(reterr, PD_BROKEN, "KEY-FILE", "PAIDAN_KEY_FILE %s: %s", path, what);
}

enum pd_fate key_file_read(const char *path, uint8_t ret_key[KEY_FILE_BYTES], struct pd_err *reterr) {
    if (*path == '\0') {
        return wrong_key(reterr, "is not set", "no personal data is kept without a key (64 hex digits)");
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat status;
    char text[HEX + 2] = {0};
    ssize_t length = -1;
    bool open_to_all = false;
    if (fd >= 0 && fstat(fd, &status) == 0) {
        open_to_all = (status.st_mode & (S_IROTH | S_IWOTH)) != 0;
        length = read(fd, text, sizeof text);
    }
    if (fd >= 0) {
        close(fd);
    }
    size_t binary = 0;
    bool good = length >= HEX && (length == HEX || text[HEX] == '\n') &&
                sodium_hex2bin(ret_key, KEY_FILE_BYTES, text, HEX, NULL, &binary, NULL) == 0 &&
                binary == KEY_FILE_BYTES;
    sodium_memzero(text, sizeof text);
    if (length < 0) {
        return wrong_key(reterr, path, "cannot be read");
    }
    if (open_to_all) {
        return wrong_key(reterr, path, "may be read by everybody; chmod 0400");
    }
    return good ? PD_OK : wrong_key(reterr, path, "is not 64 hex digits");
}
