/* paidan-bench - single measurements of paidan, each as one JSON object; scripts/bench makes the table of them */
#include "bench.h"

#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const char usage[] =
    "usage: paidan-bench floor    --kind plain|batch|register --conninfo TEXT [--connections N] [--batch N] [--seconds "
    "S]\n"
    "                             [--event-bytes N,N,..] [--reply-bytes N,N,..] [--sealed-bytes N]\n"
    "       paidan-bench life     --http HOST:PORT --accounts FILE --workers FILE --box LAT,LONG,LAT,LONG "
    "[--register-only]\n"
    "                             [--connections N] [--open N] [--rate R] [--seconds S] [--count N] [--timeline FILE]\n"
    "       paidan-bench bus      --nats URL --seed FILE --workers FILE --box ... [--open N] [--batch N] [--seconds "
    "S]\n"
    "       paidan-bench stream   --nats URL --seed FILE      (intake's seed)\n"
    "       paidan-bench idle     --http HOST:PORT --accounts FILE --workers FILE [--seconds S]\n";

int64_t bench_cpu_us(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return ((int64_t)use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 + use.ru_utime.tv_usec + use.ru_stime.tv_usec;
}

static bool read_options(int argc, char **argv, struct bench_options *o) {
    static const struct option names[] = {{"kind", 1, NULL, 'k'},          {"conninfo", 1, NULL, 'd'},
                                          {"connections", 1, NULL, 'c'},   {"batch", 1, NULL, 'b'},
                                          {"seconds", 1, NULL, 's'},       {"event-bytes", 1, NULL, 'e'},
                                          {"reply-bytes", 1, NULL, 'r'},   {"sealed-bytes", 1, NULL, 'y'},
                                          {"http", 1, NULL, 'h'},          {"accounts", 1, NULL, 'a'},
                                          {"workers", 1, NULL, 'w'},       {"box", 1, NULL, 'x'},
                                          {"register-only", 0, NULL, 'g'}, {"open", 1, NULL, 'o'},
                                          {"rate", 1, NULL, 't'},          {"count", 1, NULL, 'n'},
                                          {"timeline", 1, NULL, 'l'},      {"nats", 1, NULL, 'u'},
                                          {"seed", 1, NULL, 'q'},          {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (c) {
        case 'k':
            o->kind = optarg;
            break;
        case 'd':
            o->conninfo = optarg;
            break;
        case 'c':
            o->connections = atoi(optarg);
            break;
        case 'b':
            o->batch = atoi(optarg);
            break;
        case 's':
            o->seconds = strtod(optarg, NULL);
            break;
        case 'e':
            o->event_bytes = optarg;
            break;
        case 'r':
            o->reply_bytes = optarg;
            break;
        case 'y':
            o->sealed_bytes = atoi(optarg);
            break;
        case 'h':
            o->http = optarg;
            break;
        case 'a':
            o->accounts = optarg;
            break;
        case 'w':
            o->workers = optarg;
            break;
        case 'x':
            o->box = optarg;
            break;
        case 'g':
            o->register_only = true;
            break;
        case 'o':
            o->open_max = atoi(optarg);
            break;
        case 't':
            o->rate = strtod(optarg, NULL);
            break;
        case 'n':
            o->count = strtol(optarg, NULL, 10);
            break;
        case 'l':
            o->timeline = optarg;
            break;
        case 'u':
            o->nats = optarg;
            break;
        case 'q':
            o->seed = optarg;
            break;
        default:
            return false;
        }
    }
    return optind + 1 == argc && o->connections > 0 && o->open_max > 0 && o->batch > 0 && o->seconds > 0;
}

int main(int argc, char **argv) {
    struct bench_options o = {.seconds = 10, .connections = 64, .open_max = 512, .batch = 100, .sealed_bytes = 300};
    if (sodium_init() < 0 || !read_options(argc, argv, &o)) {
        fputs(usage, stderr);
        return 2;
    }
    const char *what = argv[optind];
    if (strcmp(what, "floor") == 0 && o.kind != NULL && o.conninfo != NULL) {
        return bench_floor(&o);
    }
    if (strcmp(what, "life") == 0 && o.http != NULL && o.accounts != NULL && o.workers != NULL && o.box != NULL) {
        return bench_life(&o);
    }
    if (strcmp(what, "bus") == 0 && o.nats != NULL && o.seed != NULL && o.workers != NULL && o.box != NULL) {
        return bench_bus(&o);
    }
    if (strcmp(what, "stream") == 0 && o.nats != NULL && o.seed != NULL) {
        return bench_stream(&o);
    }
    if (strcmp(what, "idle") == 0 && o.http != NULL && o.accounts != NULL && o.workers != NULL) {
        return bench_idle(&o);
    }
    fputs(usage, stderr);
    return 2;
}
