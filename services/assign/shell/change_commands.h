/* change_commands.h - the commands about grid changes: draft, features, check, the procedure's steps, apply
 *
 * Use       change_is_due() tells whether a command is one of them; change_ask(), change_read(), then change_decide() for each,
 *           then store_changes().
 * Promise   the writer looks at no outline: features are stored as they come, the clerk reads them (change_clerk.h). At most one
 *           change is applied in a batch, and only when the map is as its check saw it.
 * Fails     as pg_queue().
 * Memory    of the batch.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_CHANGE_COMMANDS_H
#define ASSIGN_SHELL_CHANGE_COMMANDS_H

#include "assign/shell/change_store.h"
#include "common/relay/engine.h"

enum {
    CHANGE_PARTS_MAX = 256,
    CHANGE_BYTES_MAX = 64 * 1024 * 1024, /* of all parts */
    CHANGE_POSTS_MAX = 2000,
    CHANGE_TITLE_MAX_CHARS = 200
};

bool change_is_due(const struct input *input);
enum pd_fate change_ask(struct batch *batch, struct change_work *work, struct pg *pg, struct pd_err *reterr);
enum pd_fate change_read(struct batch *batch, struct change_work *work, struct pg *pg, struct pd_err *reterr);
/* map_is_changing: an input of this batch before this one changes the map. */
void change_decide(struct batch *batch, struct change_work *work, bool map_is_changing, struct input *input);

#endif
