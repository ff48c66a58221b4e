/* paidan-replay - plays the recorded requests of a city through the HTTP API, every one to its end
 *
 * The requests come from a gzipped CSV file (Boston's 311 file), the people are simulated: operators and dispatchers over HTTP,
 * each grid worker with a WebSocket of his own. Exit status 0 only when every request was closed. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/staff.h"
#include "replay_city.h"

enum { WORKERS_MAX = 20000, DISPATCHERS = 4, OPERATORS_MAX = 256 };

struct settings {
    const char *http, *accounts, *file, *workers, *ids, *prefix, *json;
    double speed;
    long limit;
    int connections, open_max, operators;
};

struct replay {
    struct settings set;
    struct city city;
    size_t next;
    struct crowd *crowd;
    FILE *ids;
    int64_t closed_before, registered_before;
    char (*tokens)[HTTP_CLIENT_TOKEN_MAX]; /* operators, then dispatchers, then workers */
    char **worker_ids;
    int worker_count;
};

static const char usage[] =
    "usage: paidan-replay --http HOST:PORT --accounts FILE --workers FILE [options] CSV.GZ\n"
    "  --http HOST:PORT   the gateway\n"
    "  --accounts FILE    accounts.json of the stack; its administrator fetches the others' tokens\n"
    "  --workers FILE     ids of the city's workers, one a line; their accounts are named so in small letters\n"
    "  --speed F          1 = as it was, 3600 = an hour in a second, 0 = as fast as possible (default)\n"
    "  --limit N          only the first N rows\n"
    "  --connections N    HTTP connections at once (default 64)\n"
    "  --open N           requests on their way at once when speed is 0 (default 256)\n"
    "  --operators N      operator accounts (default 16); each has its own rate limit\n"
    "  --ids FILE         write the ids of acknowledged requests there, again with \"closed\" when they are\n"
    "  --prefix TEXT      goes before the Idempotency-Keys: another prefix plays the same city once more\n"
    "  --json FILE        write the summary there\n";

static bool read_settings(int argc, char **argv, struct settings *set) {
    static const struct option options[] = {
        {"http", 1, NULL, 'h'},  {"accounts", 1, NULL, 'a'},    {"workers", 1, NULL, 'w'}, {"speed", 1, NULL, 's'},
        {"limit", 1, NULL, 'l'}, {"connections", 1, NULL, 'c'}, {"open", 1, NULL, 'o'},    {"operators", 1, NULL, 'p'},
        {"ids", 1, NULL, 'i'},   {"prefix", 1, NULL, 'x'},      {"json", 1, NULL, 'j'},    {NULL, 0, NULL, 0}};
    *set = (struct settings){.prefix = "boston-", .connections = 64, .open_max = 256, .operators = 16};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (c) {
        case 'h':
            set->http = optarg;
            break;
        case 'a':
            set->accounts = optarg;
            break;
        case 'w':
            set->workers = optarg;
            break;
        case 's':
            set->speed = strtod(optarg, NULL);
            break;
        case 'l':
            set->limit = strtol(optarg, NULL, 10);
            break;
        case 'c':
            set->connections = (int)strtol(optarg, NULL, 10);
            break;
        case 'o':
            set->open_max = (int)strtol(optarg, NULL, 10);
            break;
        case 'p':
            set->operators = (int)strtol(optarg, NULL, 10);
            break;
        case 'i':
            set->ids = optarg;
            break;
        case 'x':
            set->prefix = optarg;
            break;
        case 'j':
            set->json = optarg;
            break;
        default:
            return false;
        }
    }
    set->file = optind + 1 == argc ? argv[optind] : NULL;
    return set->file != NULL && set->http != NULL && strchr(set->http, ':') != NULL && set->accounts != NULL &&
           set->workers != NULL && set->speed >= 0 && set->limit >= 0 && set->connections > 0 && set->open_max > 0 &&
           set->operators > 0 && set->operators <= OPERATORS_MAX;
}

/* ---- the crowd's questions */

static bool next_case(void *context, struct crowd_case *ret_case) {
    struct replay *replay = context;
    if (replay->next == replay->city.count) {
        return false;
    }
    city_case(&replay->city, replay->next++, replay->set.speed, replay->set.prefix, ret_case);
    return true;
}

static void registered(void *context, const char *id) {
    struct replay *replay = context;
    if (replay->ids != NULL) {
        fprintf(replay->ids, "%s\n", id);
    }
}

static void closed(void *context, const char *id) {
    struct replay *replay = context;
    if (replay->ids != NULL) {
        fprintf(replay->ids, "%s closed\n", id);
    }
}

static void tick(void *context) {
    struct replay *replay = context;
    const struct crowd_sum *sum = crowd_sum(replay->crowd);
    int64_t done = sum->passed[STEP_CLOSED], all = sum->passed[STEP_REGISTER];
    printf(
        "%6.0f s  registered %lld (+%lld)  closed %lld (+%lld)  open %lld  failed %lld  retries %lld  sockets %lld\n",
        (double)crowd_now_us(replay->crowd) / 1e6, (long long)all, (long long)(all - replay->registered_before),
        (long long)done, (long long)(done - replay->closed_before), (long long)sum->open,
        (long long)sum->passed[STEP_FAILED], (long long)sum->retries, (long long)sum->sockets_open);
    fflush(stdout);
    if (replay->ids != NULL) {
        fflush(replay->ids);
    }
    replay->closed_before = done;
    replay->registered_before = all;
}

/* ---- before */

static bool read_workers(struct replay *replay) {
    char line[128];
    FILE *file = fopen(replay->set.workers, "r");
    if (file == NULL) {
        fprintf(stderr, "%s: cannot be read\n", replay->set.workers);
        return false;
    }
    replay->worker_ids = calloc(WORKERS_MAX, sizeof *replay->worker_ids);
    while (replay->worker_ids != NULL && replay->worker_count < WORKERS_MAX && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, " \t\r\n")] = '\0';
        if (line[0] != '\0') {
            replay->worker_ids[replay->worker_count++] = strdup(line);
        }
    }
    fclose(file);
    if (replay->worker_count == 0) {
        fprintf(stderr, "%s: names no worker\n", replay->set.workers);
    }
    return replay->worker_count > 0;
}

/* The administrator makes operators and dispatchers of the replay and fetches everybody's token. */
static enum pd_fate hire(struct replay *replay, uv_loop_t *loop, struct pd_err *reterr) {
    int operators = replay->set.operators, total = operators + DISPATCHERS + replay->worker_count;
    struct http_client *http = http_client_new(loop, replay->set.http, 16);
    char admin[HTTP_CLIENT_TOKEN_MAX];
    replay->tokens = calloc((size_t)total, sizeof *replay->tokens);
    char **names = calloc((size_t)total, sizeof *names);
    if (http == NULL || replay->tokens == NULL || names == NULL) {
        abort();
    }
    for (int i = 0; i < total; i++) {
        char name[128];
        if (i < operators) {
            snprintf(name, sizeof name, "replay-operator-%d", i + 1);
        } else if (i < operators + DISPATCHERS) {
            snprintf(name, sizeof name, "replay-dispatcher-%d", i - operators + 1);
        } else {
            snprintf(name, sizeof name, "%s", replay->worker_ids[i - operators - DISPATCHERS]);
            for (char *c = name; *c != '\0'; c++) {
                *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
            }
        }
        names[i] = strdup(name);
    }
    enum pd_fate fate = staff_log_in(loop, http, replay->set.accounts, "admin", admin, reterr);
    fate = fate != PD_OK ? fate : staff_accounts(loop, http, admin, "operator", "replay-operator-", operators, reterr);
    fate = fate != PD_OK ? fate
                         : staff_accounts(loop, http, admin, "dispatcher", "replay-dispatcher-", DISPATCHERS, reterr);
    fate = fate != PD_OK ? fate
                         : staff_tokens(loop, http, admin, (const char *const *)names, total, replay->tokens, reterr);
    http_client_close(http);
    for (int i = 0; i < total; i++) {
        free(names[i]);
    }
    free(names);
    return fate;
}

/* ---- after */

static void print_times(FILE *to, const char *what, const struct hist *hist) {
    fprintf(to, "%-28s p50 %.1f ms  p90 %.1f ms  p99 %.1f ms  max %.1f ms  (%llu)\n", what,
            (double)hist_percentile(hist, 0.5) / 1e3, (double)hist_percentile(hist, 0.9) / 1e3,
            (double)hist_percentile(hist, 0.99) / 1e3, (double)hist->max_us / 1e3, (unsigned long long)hist->count);
}

static void print_sum(const struct replay *replay, FILE *to) {
    const struct crowd_sum *sum = crowd_sum(replay->crowd);
    const struct city *city = &replay->city;
    double seconds = (double)sum->run_us / 1e6;
    fprintf(to, "rows %zu (never closed in the data %ld, closed before opened %ld)\n", city->count, city->never_closed,
            city->closed_before_opened);
    for (enum crowd_step step = STEP_REGISTER; step < STEP_COUNT; step++) {
        if (step != STEP_LOOK) {
            fprintf(to, "%-12s %lld\n", crowd_step_name(step), (long long)sum->passed[step]);
        }
    }
    fprintf(to,
            "pushes %lld, acknowledged %lld, repeated pushes %lld, early visits %lld, looks %lld, retries %lld, "
            "sockets lost %lld\n",
            (long long)sum->pushes, (long long)sum->acknowledged, (long long)sum->repeats, (long long)sum->early,
            (long long)sum->looks, (long long)sum->retries, (long long)sum->sockets_lost);
    for (int i = 0; i < sum->trouble_count; i++) {
        fprintf(to, "%s: %s: %lld\n", sum->troubles[i].fatal ? "FAILED" : "tried again", sum->troubles[i].words,
                (long long)sum->troubles[i].count);
    }
    fprintf(to, "time %.1f s, %.0f requests/s, %.0f HTTP calls/s\n", seconds,
            (double)sum->passed[STEP_CLOSED] / seconds, (double)sum->calls / seconds);
    print_times(to, "register answered", &sum->register_us);
    print_times(to, "register to worker's socket", &sum->push_us);
    print_times(to, "accept to worker's socket", &sum->accept_push_us);
    print_times(to, "register to closed", &sum->life_us);
}

static void write_json(const struct replay *replay) {
    const struct crowd_sum *sum = crowd_sum(replay->crowd);
    json_t *steps = json_object();
    for (enum crowd_step step = STEP_REGISTER; step < STEP_COUNT; step++) {
        json_object_set_new(steps, crowd_step_name(step), json_integer(sum->passed[step]));
    }
    json_t *all =
        json_pack("{sIsosfsIsIsIsI}", "rows", (json_int_t)replay->city.count, "steps", steps, "seconds",
                  (double)sum->run_us / 1e6, "register_p50_us", (json_int_t)hist_percentile(&sum->register_us, 0.5),
                  "register_p99_us", (json_int_t)hist_percentile(&sum->register_us, 0.99), "push_p50_us",
                  (json_int_t)hist_percentile(&sum->push_us, 0.5), "push_p99_us",
                  (json_int_t)hist_percentile(&sum->push_us, 0.99));
    if (json_dump_file(all, replay->set.json, JSON_INDENT(1)) != 0) {
        fprintf(stderr, "%s: cannot be written\n", replay->set.json);
    }
    json_decref(all);
}

static int play(struct replay *replay, uv_loop_t *loop) {
    struct pd_err err = {0};
    const struct settings *set = &replay->set;
    if (hire(replay, loop, &err) != PD_OK) {
        fprintf(stderr, "paidan-replay: %s\n", err.text);
        return 1;
    }
    const char(*tokens)[HTTP_CLIENT_TOKEN_MAX] = (const char(*)[HTTP_CLIENT_TOKEN_MAX])replay->tokens;
    struct crowd_staff staff = {.operators = tokens,
                                .operator_count = set->operators,
                                .dispatchers = tokens + set->operators,
                                .dispatcher_count = DISPATCHERS,
                                .workers = tokens + set->operators + DISPATCHERS,
                                .worker_ids = (const char *const *)replay->worker_ids,
                                .worker_count = replay->worker_count};
    struct crowd_options options = {.address = set->http, .connections = set->connections, .open_max = set->open_max};
    struct crowd_ops ops = {
        .next = next_case, .registered = registered, .closed = closed, .tick = tick, .context = replay};
    replay->crowd = crowd_new(loop, &options, &staff, &ops);
    if (crowd_connect(replay->crowd, &err) != PD_OK) {
        fprintf(stderr, "paidan-replay: %s\n", err.text);
        crowd_free(replay->crowd);
        return 1;
    }
    printf("%zu requests, %d workers on their sockets, speed %g\n", replay->city.count, replay->worker_count,
           set->speed);
    crowd_run(replay->crowd);
    tick(replay);
    print_sum(replay, stdout);
    if (set->json != NULL) {
        write_json(replay);
    }
    bool well = crowd_sum(replay->crowd)->passed[STEP_CLOSED] == (int64_t)replay->city.count;
    if (!well) {
        printf("not closed:\n");
        crowd_print_open(replay->crowd, stdout, 20);
    }
    crowd_free(replay->crowd);
    return well ? 0 : 1;
}

int main(int argc, char **argv) {
    static struct replay replay;
    if (!read_settings(argc, argv, &replay.set)) {
        fputs(usage, stderr);
        return 2;
    }
    if (!read_workers(&replay) || !city_load(replay.set.file, (size_t)replay.set.limit, &replay.city)) {
        return 2;
    }
    if (replay.city.outside_of_time > 0) {
        fprintf(stderr, "%s: %ld rows have no opening time\n", replay.set.file, replay.city.outside_of_time);
        return 2;
    }
    replay.ids = replay.set.ids == NULL ? NULL : fopen(replay.set.ids, "w");
    if (replay.set.ids != NULL && replay.ids == NULL) {
        fprintf(stderr, "%s: cannot be written\n", replay.set.ids);
        return 2;
    }
    int status = play(&replay, uv_default_loop());
    if (replay.ids != NULL && fclose(replay.ids) != 0) {
        fprintf(stderr, "%s: cannot be written\n", replay.set.ids);
        status = 1;
    }
    city_free(&replay.city);
    return status;
}
