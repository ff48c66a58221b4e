/* err.h - what the caller should do about a failure, and where it began
 *
 * Use       a fallible function takes `struct pd_err *err` last and returns enum pd_fate; it raises with pd_fail() and
 *           each caller on the way out may put words in front with pd_wrap():
 *               if (send(...) < 0)
 *                   return pd_fail(err, PD_RETRY, "errno-104", "send: %s", strerror(errno));
 *               ...
 *               if (save(x, err) != PD_OK)
 *                   return pd_wrap(err, "save batch");        text: "save batch: send: Connection reset by peer"
 * Promise   a fate says what to do, in order of severity; code, file and line are those of the first raise.
 * Fails     never. A text too long is cut at its end; the words put in front stay.
 * Memory    the caller owns the struct; nothing is allocated.
 * Threads   any, one struct per thread. */
#ifndef COMMON_BASE_ERR_H
#define COMMON_BASE_ERR_H

enum pd_fate {
    PD_OK = 0,  /* done */
    PD_REFUSED, /* the asker is wrong: 4xx, acknowledge, never retry */
    PD_RETRY,   /* nothing happened: try again with the same ids */
    PD_UNKNOWN, /* it may have happened: read back by id */
    PD_BROKEN   /* we are wrong: stop the process */
};

enum { PD_ERR_CODE_MAX = 32, PD_ERR_TEXT_MAX = 512 };

struct pd_err {
    enum pd_fate fate;
    int line;                   /* of the first raise */
    const char *file;           /* of the first raise, static */
    char code[PD_ERR_CODE_MAX]; /* "40001", "uv-104", "nats26", "WO-HOP" */
    char text[PD_ERR_TEXT_MAX];
};

/* Sets all of *err and returns fate. */
#define pd_fail(err, fate, code, ...) pd_fail_at((err), (fate), (code), __FILE__, __LINE__, __VA_ARGS__)

enum pd_fate pd_fail_at(struct pd_err *err, enum pd_fate fate, const char *code, const char *file, int line,
                        const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Puts "words: " in front of the text; returns the fate that *err already has. */
enum pd_fate pd_wrap(struct pd_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "ok", "refused", "retry", "unknown", "broken"; static. */
const char *pd_fate_text(enum pd_fate fate);

#endif
