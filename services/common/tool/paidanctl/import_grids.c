/* import_grids.c - paidanctl import-grids: a GeoJSON file as one change of the map
 *
 * Happy path
 *   - the change is drafted, the features go in parts that the gateway takes, the check is asked for and waited for
 *   - counts and faults are printed, and the difference is written to a file when that is wanted
 *   - the change is applied; with --dry-run, or when the check found faults, it is withdrawn and the map stays as it is */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/tool/paidanctl/ctl.h"

enum { PART_BYTES = 900 * 1000, FAULTS_PRINTED = 100, POLL_US = 100 * 1000 };

struct importing {
    struct ctl *ctl;
    const char *file, *layer, *mode, *title, *valid_from, *difference;
    double tolerance_m2;
    bool dry_run, accept_findings;
    char path[128]; /* of the change */
};

static bool read_options(struct importing *importing, char **arguments) {
    static const struct option options[] = {
        {"layer", required_argument, NULL, 'l'},
        {"dry-run", no_argument, NULL, 'n'},
        {"valid-from", required_argument, NULL, 'f'},
        {"difference", required_argument, NULL, 'd'},
        {"title", required_argument, NULL, 't'},
        {"tolerance", required_argument, NULL, 'm'},
        {"whole", no_argument, NULL, 'w'},
        {"accept-findings", no_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int count = 0, option;
    while (arguments[count] != NULL) {
        count++;
    }
    optind = 0;
    /* getopt begins behind the command's name. */
    while ((option = getopt_long(count + 1, arguments - 1, "", options, NULL)) != -1) {
        switch (option) {
        case 'l':
            importing->layer = optarg;
            break;
        case 'n':
            importing->dry_run = true;
            break;
        case 'f':
            importing->valid_from = optarg;
            break;
        case 'd':
            importing->difference = optarg;
            break;
        case 't':
            importing->title = optarg;
            break;
        case 'm':
            importing->tolerance_m2 = strtod(optarg, NULL);
            break;
        case 'w':
            importing->mode = "whole";
            break;
        case 'a':
            importing->accept_findings = true;
            break;
        default:
            return false;
        }
    }
    importing->file = optind == count ? arguments[optind - 1] : NULL;
    return importing->file != NULL && importing->layer != NULL;
}

/* ---- the steps; each answers what paidanctl ends with */

static json_t *post(struct importing *importing, const char *word, const char *body, int *ret_exit) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", importing->path, word);
    return ctl_call(importing->ctl, "POST", path, body, ret_exit);
}

static int draft(struct importing *importing) {
    int exit_code = EXIT_REFUSED;
    const char *slash = strrchr(importing->file, '/');
    json_t *body = json_pack("{s:s, s:s, s:s, s:s, s:f, s:b}", "kind", "import", "layer", importing->layer, "mode",
                             importing->mode, "title",
                             importing->title != NULL ? importing->title
                             : slash != NULL          ? slash + 1
                                                      : importing->file,
                             "tolerance_m2", importing->tolerance_m2, "accept_findings", importing->accept_findings);
    if (importing->valid_from != NULL) {
        json_object_set_new(body, "valid_from", json_string(importing->valid_from));
    }
    char *packed = json_dumps(body, JSON_COMPACT);
    json_t *change = packed == NULL ? NULL : ctl_call(importing->ctl, "POST", "/v1/grid-changes", packed, &exit_code);
    snprintf(importing->path, sizeof importing->path, "/v1/grid-changes/%s", ctl_text(change, "id"));
    json_decref(change);
    free(packed);
    json_decref(body);
    return exit_code;
}

static int send_part(struct importing *importing, json_t *part) {
    int exit_code = EXIT_REFUSED;
    json_t *collection = json_pack("{s:s, s:O}", "type", "FeatureCollection", "features", part);
    char *packed = json_dumps(collection, JSON_COMPACT);
    json_decref(packed == NULL ? NULL : post(importing, "features", packed, &exit_code));
    free(packed);
    json_decref(collection);
    json_array_clear(part);
    return exit_code;
}

static int send_features(struct importing *importing, const json_t *features) {
    json_t *part = json_array(), *feature;
    size_t bytes = 0, i, count = json_array_size(features);
    int exit_code = 0;
    json_array_foreach(features, i, feature) {
        size_t length = json_dumpb(feature, NULL, 0, JSON_COMPACT);
        if (bytes > 0 && bytes + length > PART_BYTES) {
            exit_code = send_part(importing, part);
            bytes = 0;
            fprintf(stderr, "\rsent %zu of %zu features", i, count);
        }
        if (exit_code != 0) {
            break;
        }
        json_array_append(part, feature);
        bytes += length + 1;
    }
    if (exit_code == 0) {
        exit_code = send_part(importing, part);
        fprintf(stderr, "\rsent %zu of %zu features\n", count, count);
    }
    json_decref(part);
    return exit_code;
}

/* The change with its verdict. */
static json_t *check(struct importing *importing, int *ret_exit) {
    json_t *change = post(importing, "check", "{}", ret_exit);
    while (change != NULL && strcmp(ctl_text(change, "verdict"), "running") == 0) {
        fprintf(stderr, "\rchecked %lld %%", (long long)json_integer_value(json_object_get(change, "progress")));
        json_decref(change);
        usleep(POLL_US);
        change = ctl_call(importing->ctl, "GET", importing->path, "", ret_exit);
    }
    fprintf(stderr, "%s", change == NULL ? "\n" : "\rchecked 100 %\n");
    return change;
}

static long long count_of(const json_t *change, const char *object, const char *key) {
    return json_integer_value(json_object_get(json_object_get(change, object), key));
}

static void print_fault(const json_t *fault) {
    const json_t *number = json_object_get(fault, "feature");
    long long feature = number == NULL ? 0 : json_integer_value(number);
    printf("%s", ctl_text(fault, "kind"));
    if (feature >= 0) {
        printf(" feature %lld", feature);
    }
    printf(" %s: %s", ctl_text(fault, "code"), ctl_text(fault, "detail"));
    double lng = json_number_value(json_object_get(fault, "long")),
           lat = json_number_value(json_object_get(fault, "lat"));
    if (lng != 0 || lat != 0) {
        printf(" (long %.6f, lat %.6f)", lng, lat);
    }
    printf("\n");
}

static void print_change(const json_t *change) {
    size_t i;
    json_t *fault;
    json_array_foreach(json_object_get(change, "faults"), i, fault) {
        print_fault(fault);
    }
    if (json_object_get(change, "next_faults_after") != NULL) {
        printf("... the first %d; the others: GET /v1/grid-changes/ID?faults_after=%d, or --difference\n",
               FAULTS_PRINTED, FAULTS_PRINTED);
    }
    printf("%lld added, %lld changed, %lld closed, %lld unchanged; %lld faults, %lld overlaps, %lld gaps\n",
           count_of(change, "counts", "added"), count_of(change, "counts", "changed"),
           count_of(change, "counts", "closed"), count_of(change, "counts", "unchanged"),
           count_of(change, "counts", "faults"), count_of(change, "counts", "overlaps"),
           count_of(change, "counts", "gaps"));
    printf("would move: %lld households, %lld workers, %lld open orders, %lld key recipients\n",
           count_of(change, "preview", "households_moved"), count_of(change, "preview", "workers_moved"),
           count_of(change, "preview", "orders_moved"), count_of(change, "preview", "recipients_moved"));
}

/* All pages as one FeatureCollection. */
static int write_difference(struct importing *importing) {
    json_t *all = json_array();
    char cursor[32] = "";
    int exit_code = 0;
    do {
        char path[256];
        snprintf(path, sizeof path, "%s/difference?cursor=%s", importing->path, cursor);
        json_t *page = ctl_call(importing->ctl, "GET", path, "", &exit_code);
        json_array_extend(all, json_object_get(page, "features"));
        snprintf(cursor, sizeof cursor, "%s", ctl_text(page, "next_cursor"));
        json_decref(page);
    } while (exit_code == 0 && cursor[0] != '\0');
    json_t *collection = json_pack("{s:s, s:o}", "type", "FeatureCollection", "features", all);
    if (exit_code == 0 && json_dump_file(collection, importing->difference, JSON_COMPACT) != 0) {
        fprintf(stderr, "paidanctl: cannot write %s\n", importing->difference);
        exit_code = EXIT_USAGE;
    }
    json_decref(collection);
    return exit_code;
}

static int finish(struct importing *importing, const json_t *change) {
    bool clean = strcmp(ctl_text(change, "verdict"), "clean") == 0;
    bool applies = clean && !importing->dry_run;
    int exit_code = importing->difference == NULL ? 0 : write_difference(importing);
    if (exit_code != 0) {
        applies = false;
    }
    int last = 0;
    json_decref(post(importing, applies ? "apply" : "withdraw", "{}", &last));
    if (last == 0) {
        printf("%s\n", applies ? "applied"
                       : clean ? "dry run: nothing was changed"
                               : "not applied: the check found faults");
    }
    return exit_code != 0 ? exit_code : last != 0 ? last : clean ? 0 : EXIT_REFUSED;
}

int ctl_import_grids(struct ctl *ctl, char **arguments) {
    struct importing importing = {.ctl = ctl, .mode = "amend"};
    if (!read_options(&importing, arguments)) {
        fputs("usage: paidanctl import-grids FILE --layer unit|responsibility|governance|special|town|community "
              "[--dry-run]\n"
              "       [--valid-from TIME] [--difference OUT.geojson] [--whole] [--accept-findings] [--tolerance M2] "
              "[--title TEXT]\n",
              stderr);
        return EXIT_USAGE;
    }
    json_error_t error;
    json_t *root = json_load_file(importing.file, 0, &error);
    const json_t *features = json_object_get(root, "features");
    if (!json_is_array(features)) {
        fprintf(stderr, "paidanctl: %s:%d: %s\n", importing.file, error.line,
                root == NULL ? error.text : "no FeatureCollection");
        json_decref(root);
        return EXIT_USAGE;
    }
    int exit_code = ctl_log_in(ctl);
    exit_code = exit_code == 0 ? draft(&importing) : exit_code;
    exit_code = exit_code == 0 ? send_features(&importing, features) : exit_code;
    json_decref(root);
    json_t *change = exit_code == 0 ? check(&importing, &exit_code) : NULL;
    if (change != NULL) {
        print_change(change);
        exit_code = finish(&importing, change);
        json_decref(change);
    }
    return exit_code;
}
