/* paidanctl - paidan for people at a terminal
 *
 * SYNOPSIS  paidanctl [--var DIR] [--url URL] [--token TOKEN] [--as ROLE] COMMAND [ARGUMENT ...]
 * COMMANDS  status                 what runs, and what it waits for
 *           trace ID               a request's life as a timeline (id or number)
 *           dead SERVICE           messages that a service set aside, with the reason
 *           replay SERVICE ID      try one of them again
 *           import FILE            divisions, grids, workers, shifts: JSON of ImportCityRequest, of any length
 *           import-places FILE     known places: a JSON object of Place a line, of any length
 *           import-grids FILE      grids or divisions: GeoJSON, checked and applied as one change; see its --help
 *           token USERNAME         a session for an account
 * FILES     DIR/stack.json (addresses) and DIR/accounts.json (accounts); DIR is $PAIDAN_VAR or ./var. With --url and --token neither
 *           is read; the token may also come from $PAIDAN_TOKEN, which keeps it off the command line.
 * EXIT      0 done; 1 refused, not found or not ready; 2 wrong usage; 3 the gateway cannot be reached. */
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/domain/wo_fsm.h"
#include "common/io/http_client.h"
#include "common/tool/paidanctl/ctl.h"

enum { TIMEOUT_MS = 30000, IMPORT_ROWS = 500 };

struct ctl {
    const char *var;
    const char *role; /* of the account to use */
    char url[256];
    char token[256];
    json_t *stack; /* stack.json, or NULL */
    struct http_client *client;
};

static json_t *load_file(const struct ctl *ctl, const char *name) {
    char path[1024];
    json_error_t error;
    snprintf(path, sizeof path, "%s/%s", ctl->var, name);
    return json_load_file(path, 0, &error);
}

/* Calls the gateway and reads its JSON. Prints a problem and answers NULL when the status is not below 300. */
static json_t *call(struct ctl *ctl, const char *method, const char *path, const char *body, int *ret_exit) {
    char url[1024];
    struct http_answer answer;
    struct pd_err err;
    snprintf(url, sizeof url, "%s%s", ctl->url, path);
    if (http_call(ctl->client, method, url, body, &answer, &err) != PD_OK) {
        fprintf(stderr, "paidanctl: %s. Is the stack running (make up)?\n", err.text);
        *ret_exit = EXIT_UNREACHABLE;
        return NULL;
    }
    json_error_t error;
    json_t *json = json_loadb(answer.body, answer.length, 0, &error);
    if (answer.status >= 300 || json == NULL) {
        const char *title = json_string_value(json_object_get(json, "title"));
        const char *detail = json_string_value(json_object_get(json, "detail"));
        fprintf(stderr, "paidanctl: %d %s%s%s\n", answer.status, title == NULL ? "" : title, detail == NULL ? "" : ": ",
                detail == NULL ? "" : detail);
        json_decref(json);
        *ret_exit = EXIT_REFUSED;
        return NULL;
    }
    *ret_exit = 0;
    return json;
}

static const char *text(const json_t *object, const char *key) {
    const char *value = json_string_value(json_object_get(object, key));
    return value == NULL ? "" : value;
}

/* ---- who asks */

static void use_token(struct ctl *ctl, const char *token) {
    http_client_free(ctl->client);
    snprintf(ctl->token, sizeof ctl->token, "%s", token);
    ctl->client = http_client_new(token[0] == '\0' ? NULL : token, TIMEOUT_MS);
}

/* Logs in with the stack's account of the wanted role. */
static int log_in(struct ctl *ctl) {
    if (ctl->token[0] != '\0') {
        return 0;
    }
    json_t *accounts = load_file(ctl, "accounts.json");
    size_t i;
    json_t *account;
    int exit_code = EXIT_USAGE;
    json_array_foreach(accounts, i, account) {
        if (strcmp(text(account, "role"), ctl->role) != 0) {
            continue;
        }
        json_t *body =
            json_pack("{s:s, s:s}", "username", text(account, "username"), "password", text(account, "password"));
        char *packed = json_dumps(body, 0);
        json_t *session = call(ctl, "POST", "/v1/session", packed, &exit_code);
        free(packed);
        json_decref(body);
        if (session != NULL) {
            use_token(ctl, text(session, "token"));
            json_decref(session);
        }
        break;
    }
    if (exit_code == EXIT_USAGE) {
        fprintf(stderr, "paidanctl: no account of role %s in %s/accounts.json; give --token or $PAIDAN_TOKEN\n",
                ctl->role, ctl->var);
    }
    json_decref(accounts);
    return exit_code;
}

/* ---- status */

static double metric(const char *metrics, const char *name) {
    double sum = 0;
    size_t length = strlen(name);
    for (const char *line = metrics; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && (line[length] == '{' || line[length] == ' ')) {
            const char *space = strchr(line, ' ');
            sum += space == NULL ? 0 : strtod(space + 1, NULL);
        }
    }
    return sum;
}

static bool print_service(struct http_client *client, const char *name, const char *address) {
    char url[256];
    struct http_answer answer;
    struct pd_err err;
    snprintf(url, sizeof url, "http://%s/readyz", address);
    if (http_call(client, "GET", url, "", &answer, &err) != PD_OK) {
        printf("%-8s %-22s down\n", name, address);
        return false;
    }
    bool ready = answer.status == 200;
    printf("%-8s %-22s %s", name, address, ready ? "ready" : "not ready: ");
    if (!ready) {
        printf("%.*s", (int)strcspn(answer.body, "\n"), answer.body);
    }
    snprintf(url, sizeof url, "http://%s/metrics", address);
    if (http_call(client, "GET", url, "", &answer, &err) == PD_OK && answer.status == 200) {
        printf("   queued %.0f, unconfirmed %.0f, dead letters %.0f, stream alarms %.0f",
               metric(answer.body, "paidan_queue_depth"), metric(answer.body, "paidan_outbox_unconfirmed"),
               metric(answer.body, "paidan_dead_letters_total"),
               metric(answer.body, "paidan_stream_regressions_total"));
    }
    printf("\n");
    return ready;
}

static int status(struct ctl *ctl, char **arguments) {
    (void)arguments;
    struct http_client *client = http_client_new(NULL, 2000);
    bool all = client != NULL && print_service(client, "gateway", ctl->url + strlen("http://"));
    const char *name;
    json_t *service;
    json_object_foreach(json_object_get(ctl->stack, "services"), name, service) {
        if (strcmp(name, "gateway") != 0) {
            all &= print_service(client, name, text(service, "http"));
        }
    }
    http_client_free(client);
    return all ? 0 : EXIT_REFUSED;
}

/* ---- trace */

/* "in_progress" -> "in_progress 处置中" */
static void print_state(const char *name) {
    for (int s = 0; s < WO_STATE_COUNT; s++) {
        if (strcmp(wo_state_text((enum wo_state)s), name) == 0) {
            printf("%s %s", name, wo_state_chinese((enum wo_state)s));
            return;
        }
    }
    printf("%s", name);
}

static void print_step(const json_t *step) {
    const json_t *actor = json_object_get(step, "actor");
    const char *from = text(step, "from_state"), *to = text(step, "to_state"), *event = text(step, "event");
    enum wo_event number = wo_event_from_text(event);
    printf("%s  %-15s %s\n", text(step, "occurred_at"), event, number == WO_EV_NONE ? "" : wo_event_chinese(number));
    printf("    by %s %s, recorded by %s as #%lld", text(actor, "role"),
           text(actor, "worker_id")[0] != '\0' ? text(actor, "worker_id") : text(actor, "account_id"),
           text(step, "producer"), (long long)json_integer_value(json_object_get(step, "seq")));
    if (strcmp(from, to) != 0) {
        printf("\n    ");
        print_state(from[0] == '\0' ? "none" : from);
        printf(" -> ");
        print_state(to);
    }
    if (text(step, "worker_id")[0] != '\0') {
        printf("\n    worker %s, grid %s, dispatch %lld", text(step, "worker_id"), text(step, "grid"),
               (long long)json_integer_value(json_object_get(step, "dispatch_seq")));
    }
    if (text(step, "worker_before")[0] != '\0') {
        printf("\n    no longer %s, because of %s", text(step, "worker_before"), text(step, "reason"));
    }
    if (text(step, "grid_change")[0] != '\0') {
        printf("\n    because the map changed: grid-change %s, now of grid %s", text(step, "grid_change"),
               text(step, text(step, "grid_now")[0] != '\0' ? "grid_now" : "grid"));
    }
    if (text(step, "text")[0] != '\0') {
        printf("\n    “%s”", text(step, "text"));
    }
    printf("\n");
}

static int trace(struct ctl *ctl, char **arguments) {
    char path[256];
    int exit_code = log_in(ctl);
    if (exit_code != 0) {
        return exit_code;
    }
    snprintf(path, sizeof path, "/v1/requests/%s/trace", arguments[0]);
    json_t *answer = call(ctl, "GET", path, "", &exit_code);
    size_t i;
    json_t *step;
    json_array_foreach(json_object_get(answer, "events"), i, step) {
        print_step(step);
    }
    json_decref(answer);
    return exit_code;
}

/* ---- dead letters */

static int dead(struct ctl *ctl, char **arguments) {
    int exit_code = log_in(ctl);
    long long after = 0, printed = 0;
    while (exit_code == 0) {
        char path[256];
        snprintf(path, sizeof path, "/v1/deadletters/%s?after=%lld", arguments[0], after);
        json_t *answer = call(ctl, "GET", path, "", &exit_code);
        json_t *letters = json_object_get(answer, "dead_letters"), *letter;
        size_t i, count = json_array_size(letters);
        json_array_foreach(letters, i, letter) {
            after = json_integer_value(json_object_get(letter, "id"));
            printf("%lld  %s  %s  %s%s%s\n", after, text(letter, "at"), text(letter, "source"), text(letter, "reason"),
                   text(letter, "replayed_at")[0] == '\0' ? "" : "  replayed ", text(letter, "replayed_at"));
            printed++;
        }
        json_decref(answer);
        if (count == 0) {
            break;
        }
    }
    if (exit_code == 0) {
        printf("%lld dead letters\n", printed);
    }
    return exit_code;
}

static int replay(struct ctl *ctl, char **arguments) {
    char path[256];
    int exit_code = log_in(ctl);
    if (exit_code != 0) {
        return exit_code;
    }
    snprintf(path, sizeof path, "/v1/deadletters/%s/%s/replay", arguments[0], arguments[1]);
    json_t *answer = call(ctl, "POST", path, "{}", &exit_code);
    if (answer != NULL) {
        printf("replayed %s of %s\n", arguments[1], arguments[0]);
    }
    json_decref(answer);
    return exit_code;
}

/* ---- import */

/* Sends rows [from, from + IMPORT_ROWS) of one kind. */
static int send_rows(struct ctl *ctl, const char *kind, json_t *rows, size_t from) {
    json_t *chunk = json_array();
    for (size_t i = from; i < json_array_size(rows) && i < from + IMPORT_ROWS; i++) {
        json_array_append(chunk, json_array_get(rows, i));
    }
    json_t *body = json_pack("{s:o}", kind, chunk);
    char *packed = json_dumps(body, JSON_COMPACT);
    int exit_code;
    json_decref(call(ctl, "POST", "/v1/import", packed, &exit_code));
    free(packed);
    json_decref(body);
    return exit_code;
}

static int import(struct ctl *ctl, char **arguments) {
    /* In this order, because the later ones name the earlier ones. */
    static const char *const kinds[] = {"divisions", "grids", "workers", "grid_workers", "shifts"};
    json_error_t error;
    json_t *city = json_load_file(arguments[0], 0, &error);
    if (city == NULL) {
        fprintf(stderr, "paidanctl: %s:%d: %s\n", arguments[0], error.line, error.text);
        return EXIT_USAGE;
    }
    int exit_code = log_in(ctl);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0] && exit_code == 0; k++) {
        json_t *rows = json_object_get(city, kinds[k]);
        size_t count = json_array_size(rows);
        for (size_t from = 0; from < count && exit_code == 0; from += IMPORT_ROWS) {
            exit_code = send_rows(ctl, kinds[k], rows, from);
            size_t done = from + IMPORT_ROWS < count ? from + IMPORT_ROWS : count;
            fprintf(stderr, "\r%-13s %zu of %zu", kinds[k], done, count);
        }
        fprintf(stderr, "%s", count > 0 ? "\n" : "");
    }
    json_decref(city);
    return exit_code;
}

/* ---- known places */

/* Sends the rows collected and empties the list. */
static int send_places(struct ctl *ctl, json_t *rows, size_t *sent) {
    int exit_code = 0;
    if (json_array_size(rows) > 0) {
        json_t *body = json_pack("{s:O}", "places", rows);
        char *packed = json_dumps(body, JSON_COMPACT);
        json_decref(call(ctl, "POST", "/v1/places", packed, &exit_code));
        free(packed);
        json_decref(body);
        *sent += exit_code == 0 ? json_array_size(rows) : 0;
        json_array_clear(rows);
        fprintf(stderr, "\r%zu places", *sent);
    }
    return exit_code;
}

static int import_places(struct ctl *ctl, char **arguments) {
    FILE *file = fopen(arguments[0], "r");
    if (file == NULL) {
        fprintf(stderr, "paidanctl: %s cannot be read\n", arguments[0]);
        return EXIT_USAGE;
    }
    int exit_code = log_in(ctl);
    char *line = NULL;
    size_t room = 0, sent = 0, number = 0;
    json_t *rows = json_array();
    while (exit_code == 0 && getline(&line, &room, file) > 0) {
        json_error_t error;
        number++;
        json_t *row = json_loads(line, JSON_REJECT_DUPLICATES, &error);
        if (row == NULL && line[strspn(line, " \t\r\n")] != '\0') {
            fprintf(stderr, "paidanctl: %s:%zu: %s\n", arguments[0], number, error.text);
            exit_code = EXIT_USAGE;
        } else if (row != NULL) {
            json_array_append_new(rows, row);
        }
        if (exit_code == 0 && json_array_size(rows) == IMPORT_ROWS) {
            exit_code = send_places(ctl, rows, &sent);
        }
    }
    exit_code = exit_code == 0 ? send_places(ctl, rows, &sent) : exit_code;
    fprintf(stderr, "\n");
    printf("%zu places of %zu lines imported\n", sent, number);
    json_decref(rows);
    free(line);
    fclose(file);
    return exit_code;
}

static int token(struct ctl *ctl, char **arguments) {
    int exit_code = log_in(ctl);
    if (exit_code != 0) {
        return exit_code;
    }
    json_t *body = json_pack("{s:s}", "username", arguments[0]);
    char *packed = json_dumps(body, 0);
    json_t *session = call(ctl, "POST", "/v1/tokens", packed, &exit_code);
    if (session != NULL) {
        printf("%s\n", text(session, "token"));
    }
    json_decref(session);
    free(packed);
    json_decref(body);
    return exit_code;
}

/* ---- for commands in files of their own */

json_t *ctl_call(struct ctl *ctl, const char *method, const char *path, const char *body, int *ret_exit) {
    return call(ctl, method, path, body, ret_exit);
}

int ctl_log_in(struct ctl *ctl) {
    return log_in(ctl);
}

const char *ctl_text(const json_t *object, const char *key) {
    return text(object, key);
}

/* ---- main */

enum { ANY_COUNT = -1 };

static const struct command {
    const char *name;
    const char *arguments; /* for the usage line */
    int count;
    const char *role; /* of the account that may do it */
    int (*run)(struct ctl *ctl, char **arguments);
} commands[] = {
    {"status", "", 0, "supervisor", status},
    {"trace", " ID", 1, "supervisor", trace},
    {"dead", " SERVICE", 1, "admin", dead},
    {"replay", " SERVICE ID", 2, "admin", replay},
    {"import", " FILE", 1, "admin", import},
    {"token", " USERNAME", 1, "admin", token},
    {"import-grids", " FILE --layer LAYER [OPTION ...]", ANY_COUNT, "admin", ctl_import_grids},
    {"import-places", " FILE", 1, "admin", import_places},
};

static int usage(void) {
    fputs("usage: paidanctl [--var DIR] [--url URL] [--token TOKEN] [--as ROLE] COMMAND\n", stderr);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        fprintf(stderr, "       paidanctl %s%s\n", commands[i].name, commands[i].arguments);
    }
    return EXIT_USAGE;
}

static const struct command *find(const char *name, int arguments) {
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) == 0 && (commands[i].count == arguments || commands[i].count == ANY_COUNT)) {
            return &commands[i];
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"var", required_argument, NULL, 'v'},   {"url", required_argument, NULL, 'u'},
        {"token", required_argument, NULL, 't'}, {"as", required_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0},
    };
    struct ctl ctl = {.var = getenv("PAIDAN_VAR")};
    const char *url = NULL, *bearer = getenv("PAIDAN_TOKEN");
    ctl.var = ctl.var == NULL ? "var" : ctl.var;
    int option;
    while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        switch (option) {
        case 'v':
            ctl.var = optarg;
            break;
        case 'u':
            url = optarg;
            break;
        case 't':
            bearer = optarg;
            break;
        case 'a':
            ctl.role = optarg;
            break;
        default:
            return usage();
        }
    }
    const struct command *command = optind < argc ? find(argv[optind], argc - optind - 1) : NULL;
    if (command == NULL) {
        return usage();
    }
    ctl.role = ctl.role == NULL ? command->role : ctl.role;
    ctl.stack = load_file(&ctl, "stack.json");
    if (url == NULL && ctl.stack == NULL) {
        fprintf(stderr, "paidanctl: no %s/stack.json: start the stack (make up), or give --var or --url\n", ctl.var);
        return EXIT_USAGE;
    }
    snprintf(ctl.url, sizeof ctl.url, "%s%s", url == NULL ? "http://" : "",
             url == NULL ? text(ctl.stack, "http") : url);
    use_token(&ctl, bearer == NULL ? "" : bearer);
    int exit_code = command->run(&ctl, argv + optind + 1);
    http_client_free(ctl.client);
    json_decref(ctl.stack);
    return exit_code;
}
