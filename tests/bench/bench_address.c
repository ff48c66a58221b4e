/* bench_address - addresses against a million known places, on one core
 *
 * SYNOPSIS  bench_address [PLACES [QUESTIONS]]       default 1000000 20000
 *           bench_address PLACES 0 --print            the places as tab-separated rows (name, town), for a comparison elsewhere
 *           bench_address PLACES QUESTIONS --ask      the questions, likewise
 * PRINTS    (processor time, so that what else runs on the machine does not count) how long the gazetteer takes to make and what it
 *           holds; for each kind of question p50, p99 and the slowest, and how often the place is among the five (unknown: nothing is
 *           sure). Exits 1 when p99 over all of them is 5 ms or more.
 * The places are made up from a fixed seed: 55 % compounds and organisations of two or three words, 40 % road ranges (a road has up to 40),
 * 5 % that share their name with many others. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "assign/core/address_score.h"
#include "assign/shell/gazetteer.h"

enum { TOWNS = 24, COMMUNITIES = 300, TEXT_MAX = 128, LIMIT_US = 5000 };

static uint64_t seed = 20261128;

static uint32_t draw(uint32_t below) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

/* Processor time of the thread. */
static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- names */

static const char *const stems[] = {
    "星宝", "翠景", "兴业", "金怡", "盛世", "雍逸", "丽景", "凯茵", "朗晴", "汇翠", "蓝波", "柏丽", "水云",
    "恒信", "天明", "怡康", "富逸", "竹源", "星晨", "新都", "锦绣", "海伦", "时代", "优雅", "江畔", "颐和",
    "幸福", "金水", "聚豪", "永怡", "远江", "合生", "尚城", "君悦", "龙泉", "银湾", "碧桂", "雅居", "万科",
    "保利", "远洋", "绿地", "华润", "龙光", "奥园", "美的", "招商", "金地", "中海", "恒大", "融创", "越秀"};
static const char *const middles[] = {"",     "明珠", "阳光", "春天", "倾城", "翠园", "里",   "岸",    "湾",   "城",
                                      "台",   "府",   "轩",   "阁",   "苑",   "东方", "国际", "世纪",  "公馆", "印象",
                                      "名门", "天下", "华府", "御景", "御园", "香山", "半岛", "新天地"};
static const char *const tails[] = {"花园", "新村", "豪庭",   "名苑",   "山庄",   "华庭", "大厦",
                                    "广场", "小学", "医院",   "公司",   "酒店",   "超市", "公寓",
                                    "商场", "市场", "幼儿园", "工业园", "停车场", "药店"};
static const char *const ways[] = {"路",   "街",   "大道", "巷",   "东路", "西路",
                                   "南路", "北路", "一路", "二路", "三路", "中路"};
static const char *const shared[] = {"人民医院", "中心小学", "文化广场", "便民超市", "老人活动中心"};

#define PICK(list) list[draw(sizeof list / sizeof list[0])]

struct made {
    char name[TEXT_MAX];
    uint32_t number;
    uint32_t community;
    bool road;
};

/* Place i of the million: the same whenever it is asked for. */
static struct made make(uint32_t i) {
    struct made made = {.community = 0};
    seed = UINT64_C(0x9e3779b97f4a7c15) * (i + 1);
    draw(1);
    uint32_t kind = draw(100);
    made.community = draw(COMMUNITIES);
    if (kind < 55) {
        snprintf(made.name, sizeof made.name, "%s%s%s%s", PICK(stems), PICK(stems), PICK(middles), PICK(tails));
    } else if (kind < 95) {
        seed = UINT64_C(0xbf58476d1ce4e5b9) * (i / 40 + 1); /* forty neighbours are one road */
        draw(1);
        snprintf(made.name, sizeof made.name, "%s%s%s", PICK(stems), PICK(stems), PICK(ways));
        made.road = true;
        made.number = 1 + i % 40 * 50;
        made.community = draw(COMMUNITIES);
    } else {
        snprintf(made.name, sizeof made.name, "%s", PICK(shared));
    }
    return made;
}

static void code_of(uint32_t community, char code[13]) {
    snprintf(code, 13, "442000%03u%03u", (community % TOWNS + 1) % 1000, (community / TOWNS + 1) % 1000);
}

static bool add_divisions(struct gazetteer *g) {
    bool good = gazetteer_add_division(g, "442000", "中山市");
    for (uint32_t town = 0; good && town < TOWNS; town++) {
        char code[13], name[TEXT_MAX];
        snprintf(code, sizeof code, "442000%03u", town + 1);
        snprintf(name, sizeof name, "%s镇", stems[town]);
        good = gazetteer_add_division(g, code, name);
        for (uint32_t c = town; good && c < COMMUNITIES; c += TOWNS) {
            code_of(c, code);
            snprintf(name, sizeof name, "%s%s社区", stems[c % 52], middles[1 + c % 27]);
            good = gazetteer_add_division(g, code, name);
        }
    }
    gazetteer_sort_divisions(g);
    return good;
}

static bool add_places(struct gazetteer *g, uint32_t count) {
    bool good = true;
    for (uint32_t i = 0; good && i < count; i++) {
        struct made made = make(i);
        char code[13];
        code_of(made.community, code);
        struct gazetteer_row row = {.name = made.name,
                                    .road = "",
                                    .place = {.kind = made.road ? PLACE_ROAD : PLACE_COMPOUND,
                                              .number_from = made.number,
                                              .number_to = made.road ? made.number + 49 : 0,
                                              .division = code,
                                              .lat = 22.5,
                                              .lng = 113.4}};
        for (int b = 0; b < 4; b++) {
            row.id[12 + b] = (uint8_t)((i + 1) >> (24 - 8 * b));
        }
        good = gazetteer_add_place(g, &row);
    }
    return good && gazetteer_finish(g);
}

/* ---- questions */

enum question { SAME, NUMBERED, TYPO, MANY, UNKNOWN, QUESTION_KINDS };

static const char *const question_names[] = {"the same words", "road and number", "a typo", "many of one name",
                                             "unknown"};

/* Another character in the place of the second one. */
static void misspell(char *text) {
    static const char *const wrong[] = {"井", "叶", "宜", "市", "益", "利"};
    memcpy(text + 3, PICK(wrong), 3);
}

/* May the question be asked of this place? */
static bool fits(enum question kind, const struct made *made) {
    bool many = false;
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        many = many || strcmp(made->name, shared[i]) == 0;
    }
    return kind == UNKNOWN || (made->road == (kind == NUMBERED) && many == (kind == MANY));
}

static enum question ask(uint32_t places, uint32_t n, char text[2 * TEXT_MAX], uint32_t *ret_index) {
    enum question kind = (enum question)(n % QUESTION_KINDS);
    uint32_t index = (uint32_t)(((uint64_t)n * UINT64_C(2654435761)) % places);
    struct made made = make(index);
    while (!fits(kind, &made)) {
        index = (index + 1) % places;
        made = make(index);
    }
    *ret_index = index;
    seed = n;
    if (kind == UNKNOWN) {
        snprintf(text, 2 * TEXT_MAX, "中山市稻香%s石榴%s%u栋", PICK(middles), PICK(tails), draw(9) + 1);
    } else if (kind == NUMBERED) {
        snprintf(text, 2 * TEXT_MAX, "中山市%s%u号", made.name, made.number + draw(50));
    } else {
        if (kind == TYPO) {
            misspell(made.name);
        }
        snprintf(text, 2 * TEXT_MAX, "广东省中山市%s%u栋%u单元502室", made.name, draw(9) + 1, draw(4) + 1);
    }
    return kind;
}

struct times {
    int64_t *ns;
    size_t count, right;
};

static int compare(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double at_us(struct times *times, double share) {
    return times->count == 0 ? 0 : (double)times->ns[(size_t)(share * (double)(times->count - 1))] / 1000;
}

static void print_times(const char *name, struct times *times) {
    qsort(times->ns, times->count, sizeof *times->ns, compare);
    printf("%-18s %7zu asked  p50 %8.1f us  p99 %8.1f us  max %8.1f us  found %5.1f %%\n", name, times->count,
           at_us(times, 0.5), at_us(times, 0.99), at_us(times, 1),
           times->count == 0 ? 0 : 100.0 * (double)times->right / (double)times->count);
}

/* Is the place, or one of its very name, among those found? */
static bool is_among(const struct gazetteer_candidate *found, size_t count, uint32_t index) {
    struct made wanted = make(index);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *id = found[i].id;
        uint32_t other = ((uint32_t)id[12] << 24 | (uint32_t)id[13] << 16 | (uint32_t)id[14] << 8 | id[15]) - 1;
        if (other == index || strcmp(make(other).name, wanted.name) == 0) {
            return true;
        }
    }
    return false;
}

static bool ask_all(const struct gazetteer *g, uint32_t places, uint32_t questions) {
    static const struct address_near anywhere = {.community = ""};
    struct gazetteer_scratch *scratch = gazetteer_scratch_new();
    struct times kinds[QUESTION_KINDS] = {{.count = 0}}, all = {.ns = calloc(questions + 1, sizeof *all.ns)};
    for (size_t k = 0; k < QUESTION_KINDS; k++) {
        kinds[k].ns = calloc(questions + 1, sizeof *kinds[k].ns);
    }
    for (uint32_t n = 0; n < questions; n++) {
        char text[2 * TEXT_MAX];
        uint32_t index = 0;
        struct gazetteer_candidate found[GAZETTEER_CANDIDATES];
        struct address address;
        enum question kind = ask(places, n, text, &index);
        int64_t began = now_ns();
        size_t count = address_parse(gazetteer_lexicon(g), text, &address)
                           ? gazetteer_match(g, NULL, scratch, &address, &anywhere, found)
                           : 0;
        int64_t took = now_ns() - began;
        bool right = kind == UNKNOWN ? count == 0 || found[0].confidence < 0.85 : is_among(found, count, index);
        kinds[kind].right += right;
        kinds[kind].ns[kinds[kind].count++] = took;
        all.right += right;
        all.ns[all.count++] = took;
    }
    for (size_t k = 0; k < QUESTION_KINDS; k++) {
        print_times(question_names[k], &kinds[k]);
        free(kinds[k].ns);
    }
    print_times("all", &all);
    bool fast = at_us(&all, 0.99) < LIMIT_US;
    free(all.ns);
    gazetteer_scratch_free(scratch);
    return fast;
}

static int print_rows(uint32_t places, uint32_t questions, bool asks) {
    for (uint32_t i = 0; i < (asks ? questions : places); i++) {
        char text[2 * TEXT_MAX];
        uint32_t index;
        if (asks) {
            ask(places, i, text, &index);
            printf("%s\n", text);
        } else {
            printf("%s\n", make(i).name);
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    uint32_t places = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
    uint32_t questions = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 20000;
    if (argc > 3) {
        return print_rows(places, questions, strcmp(argv[3], "--ask") == 0);
    }
    struct gazetteer *g = gazetteer_new();
    int64_t began = now_ns();
    if (g == NULL || !add_divisions(g) || !add_places(g, places)) {
        fprintf(stderr, "bench_address: no memory\n");
        return 1;
    }
    double seconds = (double)(now_ns() - began) / 1e9;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    malloc_trim(0);
    printf("%u places: made in %.2f s, %.1f MB held (%.0f bytes a place), peak resident %.1f MB\n", places, seconds,
           (double)gazetteer_bytes(g) / 1e6, (double)gazetteer_bytes(g) / (places == 0 ? 1 : places),
           (double)usage.ru_maxrss / 1e3);
    bool fast = ask_all(g, places, questions);
    gazetteer_free(g);
    printf("p99 under %d us: %s\n", LIMIT_US, fast ? "yes" : "NO");
    return fast ? 0 : 1;
}
