#include "assign/core/address_fold.h"

#include <assert.h>
#include <string.h>

enum { RAW_MAX = 512, NUMERAL_MAX = 9, BRACKET_KEEP_MAX = 6, STAND_IN = 0xE000, STAND_INS = 6400 };

/* ---- UTF-8 */

/* The next character, NULL when the bytes are none. */
static const char *decode(const char *text, uint32_t *ret_point) {
    const uint8_t *b = (const uint8_t *)text;
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    size_t more = b[0] < 0x80 ? 0 : (b[0] >> 5) == 6 ? 1 : (b[0] >> 4) == 14 ? 2 : (b[0] >> 3) == 30 ? 3 : 4;
    if (more == 4) {
        return NULL;
    }
    uint32_t point = more == 0 ? b[0] : b[0] & (0x3Fu >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((b[i] & 0xC0) != 0x80) {
            return NULL;
        }
        point = point << 6 | (b[i] & 0x3F);
    }
    if (point < least[more] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) {
        return NULL;
    }
    *ret_point = point;
    return text + more + 1;
}

size_t address_utf8(const uint16_t *chars, size_t count, char *ret) {
    char *to = ret;
    for (size_t i = 0; i < count; i++) {
        uint16_t c = chars[i];
        if (c < 0x80) {
            *to++ = (char)c;
        } else if (c < 0x800) {
            *to++ = (char)(0xC0 | c >> 6);
            *to++ = (char)(0x80 | (c & 0x3F));
        } else {
            *to++ = (char)(0xE0 | c >> 12);
            *to++ = (char)(0x80 | (c >> 6 & 0x3F));
            *to++ = (char)(0x80 | (c & 0x3F));
        }
    }
    *to = '\0';
    return (size_t)(to - ret);
}

/* ---- one character */

/* Pairs of what is written and what is meant. */
static const uint16_t same[][2] = {
    {u'號', u'号'}, {u'棟', u'栋'}, {u'幢', u'栋'}, {u'座', u'栋'}, {u'樓', u'楼'}, {u'層', u'层'}, {u'單', u'单'},
    {u'區', u'区'}, {u'鎮', u'镇'}, {u'鄉', u'乡'}, {u'東', u'东'}, {u'廣', u'广'}, {u'園', u'园'}, {u'場', u'场'},
    {u'廠', u'厂'}, {u'醫', u'医'}, {u'學', u'学'}, {u'華', u'华'}, {u'龍', u'龙'}, {u'門', u'门'}, {u'橋', u'桥'},
    {u'馬', u'马'}, {u'灣', u'湾'}, {u'島', u'岛'}, {u'國', u'国'}, {u'車', u'车'}, {u'館', u'馆'}, {u'銀', u'银'},
    {u'圍', u'围'}, {u'興', u'兴'}, {u'會', u'会'}, {u'業', u'业'}, {u'開', u'开'}, {u'發', u'发'}, {u'長', u'长'},
    {u'寶', u'宝'}, {u'蘭', u'兰'}, {u'歐', u'欧'}, {u'萬', u'万'}, {u'麗', u'丽'}, {u'豐', u'丰'}, {u'裏', u'里'},
    {u'裡', u'里'}, {u'衛', u'卫'}, {u'漢', u'汉'}, {u'貴', u'贵'}, {u'頭', u'头'}, {u'壇', u'坛'}, {u'雲', u'云'},
    {u'陽', u'阳'}, {u'鳳', u'凤'}, {u'黃', u'黄'}, {u'線', u'线'}, {u'環', u'环'}, {u'縣', u'县'}, {u'廟', u'庙'},
    {u'莊', u'庄'}, {u'廈', u'厦'}, {u'臺', u'台'}, {u'舊', u'旧'}, {u'達', u'达'}, {u'順', u'顺'}, {u'濱', u'滨'},
    {u'碼', u'码'}, {u'農', u'农'}, {u'貿', u'贸'}, {u'紀', u'纪'}, {u'輝', u'辉'}, {u'榮', u'荣'}, {u'樂', u'乐'},
    {u'愛', u'爱'}, {u'嶺', u'岭'}, {u'崗', u'岗'}, {u'湧', u'涌'}, {u'衝', u'冲'}, {u'鰲', u'鳌'}, {u'欖', u'榄'},
    {u'藍', u'蓝'}, {u'綠', u'绿'}, {u'麥', u'麦'}, {u'偉', u'伟'}, {u'億', u'亿'}, {u'傑', u'杰'}, {u'優', u'优'},
    {u'凱', u'凯'}, {u'勝', u'胜'}, {u'協', u'协'}, {u'塊', u'块'}, {u'壹', u'一'}, {u'寧', u'宁'}, {u'實', u'实'},
    {u'師', u'师'}, {u'帶', u'带'}, {u'幾', u'几'}, {u'張', u'张'}, {u'後', u'后'}, {u'從', u'从'}, {u'慶', u'庆'},
    {u'戶', u'户'}, {u'時', u'时'}, {u'書', u'书'}, {u'條', u'条'}, {u'機', u'机'}, {u'櫻', u'樱'}, {u'溫', u'温'},
    {u'營', u'营'}, {u'爾', u'尔'}, {u'產', u'产'}, {u'畫', u'画'}, {u'盤', u'盘'}, {u'磚', u'砖'}, {u'禮', u'礼'},
    {u'種', u'种'}, {u'節', u'节'}, {u'聖', u'圣'}, {u'聯', u'联'}, {u'腳', u'脚'}, {u'葉', u'叶'}, {u'蓮', u'莲'},
    {u'處', u'处'}, {u'術', u'术'}, {u'觀', u'观'}, {u'語', u'语'}, {u'賓', u'宾'}, {u'軍', u'军'}, {u'運', u'运'},
    {u'遠', u'远'}, {u'郵', u'邮'}, {u'銘', u'铭'}, {u'錦', u'锦'}, {u'鐵', u'铁'}, {u'際', u'际'}, {u'隊', u'队'},
    {u'電', u'电'}, {u'韻', u'韵'}, {u'頂', u'顶'}, {u'飛', u'飞'}, {u'魚', u'鱼'}, {u'鴻', u'鸿'}, {u'孫', u'孙'},
    {u'鄭', u'郑'}, {u'陳', u'陈'}, {u'劉', u'刘'}, {u'楊', u'杨'}, {u'趙', u'赵'}, {u'吳', u'吴'}, {u'羅', u'罗'},
    {u'鍾', u'钟'}, {u'蕭', u'萧'}, {u'謝', u'谢'}, {u'鄧', u'邓'}, {u'譚', u'谭'}, {u'蘇', u'苏'}, {u'橫', u'横'},
    {u'欄', u'栏'}, {u'眾', u'众'}, {u'紅', u'红'}, {u'陸', u'陆'}, {u'鄰', u'邻'}, {u'頤', u'颐'}, {u'顯', u'显'},
    {u'風', u'风'}, {u'＃', u'号'}, {u'#', u'号'},  {u'—', u'-'},   {u'–', u'-'},   {u'―', u'-'},   {u'～', u'-'},
    {u'~', u'-'},   {u'至', u'-'},  {u'、', u','},  {u'，', u','},  {u'／', u','},  {u'/', u','},   {u'○', u'〇'},
    {u'零', u'〇'}, {u'（', u'('},  {u'）', u')'},  {u'【', u'('},  {u'】', u')'},  {u'[', u'('},   {u']', u')'},
};

static bool is_kept(uint16_t c) {
    return address_is_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == ',' || c == '(' || c == ')' ||
           c == u'〇' || (c >= 0x3400 && c < 0xFE00);
}

/* The character as it is meant; 0: means nothing in an address. */
static uint16_t fold_one(uint32_t point) {
    if (point > 0xFFFF) {
        return (uint16_t)(STAND_IN + point % STAND_INS);
    }
    uint16_t c = (uint16_t)point;
    if (c > 0xFF00 && c < 0xFF5F) {
        c = (uint16_t)(c - 0xFF00 + ' ');
    }
    for (size_t i = 0; c >= 0x80 || c == '#' || c == '~' || c == '/' || c == '[' || c == ']'; i++) {
        if (i == sizeof same / sizeof same[0]) {
            break;
        }
        if (same[i][0] == c) {
            c = same[i][1];
            break;
        }
    }
    c = c >= 'a' && c <= 'z' ? (uint16_t)(c - 'a' + 'A') : c;
    return is_kept(c) ? c : 0;
}

/* ---- remarks in brackets: kept without them when they name a part (二期, A区), dropped when they describe (近公园) */

static bool is_part_word(uint16_t c) {
    return c == u'期' || c == u'区' || c == u'栋' || c == u'号' || c == u'楼' || c == u'室';
}

static size_t drop_brackets(uint16_t *chars, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (chars[i] != '(') {
            if (chars[i] != ')') {
                chars[kept++] = chars[i];
            }
            continue;
        }
        size_t end = i + 1;
        while (end < count && chars[end] != ')' && chars[end] != '(') {
            end++;
        }
        bool part = end < count && end - i > 1 && end - i <= BRACKET_KEEP_MAX && is_part_word(chars[end - 1]);
        if (end < count && !part) {
            i = chars[end] == ')' ? end : end - 1;
        }
    }
    return kept;
}

/* ---- numerals */

static int numeral(uint16_t c) {
    static const uint16_t numerals[] = u"〇一二三四五六七八九十";
    for (int i = 0; numerals[i] != 0; i++) {
        if (numerals[i] == c) {
            return i;
        }
    }
    return c == u'百' ? 100 : -1;
}

static bool is_numeral(const uint16_t *chars, size_t count, size_t i) {
    int value = numeral(chars[i]);
    bool after_numeral = i > 0 && i <= count && numeral(chars[i - 1]) >= 0;
    return value >= 0 && (value < 100 || after_numeral);
}

/* Value of a run with tens and hundreds; 一百五 is 150. */
static uint32_t count_up(const uint16_t *run, size_t length) {
    uint32_t sum = 0, digit = 0, unit = 0;
    bool has_digit = false;
    for (size_t i = 0; i < length; i++) {
        uint32_t value = (uint32_t)numeral(run[i]);
        if (value >= 10) {
            sum += value * (has_digit ? digit : 1);
            unit = value;
            digit = 0;
            has_digit = false;
        } else {
            unit = value == 0 ? 0 : unit;
            digit = value;
            has_digit = value != 0;
        }
    }
    return sum + digit * (unit == 100 ? 10 : 1);
}

static size_t put_number(uint16_t *to, uint32_t value) {
    uint16_t digits[10];
    size_t n = 0;
    do {
        digits[n++] = (uint16_t)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (size_t i = 0; i < n; i++) {
        to[i] = digits[n - 1 - i];
    }
    return n;
}

/* A run is never longer in digits than in numerals, so that it is written over itself; 十 is the exception, hence `to`. */
static size_t fold_numerals(const uint16_t *from, size_t count, uint16_t *to, size_t max) {
    size_t n = 0;
    for (size_t i = 0; i < count && n + NUMERAL_MAX < max;) {
        size_t run = 0;
        bool counts = false;
        while (i + run < count && run < NUMERAL_MAX && is_numeral(from, count, i + run) &&
               (run > 0 || numeral(from[i]) < 100)) {
            counts = counts || numeral(from[i + run]) >= 10;
            run++;
        }
        if (run == 0) {
            to[n++] = from[i++];
        } else if (counts) {
            n += put_number(to + n, count_up(from + i, run));
        } else {
            for (size_t k = 0; k < run; k++) {
                to[n++] = (uint16_t)('0' + numeral(from[i + k]));
            }
        }
        i += run;
    }
    return n;
}

/* 楼下, 楼顶: 12号楼下 is at number 12, not at house 12. */
static bool is_about_a_house(uint16_t c) {
    return c == u'下' || c == u'上' || c == u'顶' || c == u'前' || c == u'后' || c == u'道' || c == u'梯';
}

/* A comma between digits is a list, of which the first counts: a dash; elsewhere it means nothing. Dashes stand between digits or
 * letters only. 号楼 is a building. */
static size_t tidy(uint16_t *chars, size_t count) {
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        uint16_t c = chars[i];
        bool between = n > 0 && chars[n - 1] < 0x80 && chars[n - 1] != '-' && i + 1 < count && chars[i + 1] < 0x80 &&
                       chars[i + 1] != '-' && chars[i + 1] != ',';
        if (c == '-' || c == ',') {
            if (between) {
                chars[n++] = '-';
            }
        } else if (c == u'楼' && n > 1 && chars[n - 1] == u'号' && chars[n - 2] < 0x80 &&
                   !(i + 1 < count && is_about_a_house(chars[i + 1]))) {
            chars[n - 1] = u'栋';
        } else {
            chars[n++] = c;
        }
    }
    return n;
}

int address_fold(const char *text, uint16_t ret_chars[ADDRESS_CHARS_MAX]) {
    uint16_t raw[RAW_MAX];
    size_t count = 0;
    while (*text != '\0') {
        uint32_t point;
        text = decode(text, &point);
        if (text == NULL) {
            return -1;
        }
        uint16_t c = fold_one(point);
        if (c != 0 && count < RAW_MAX) {
            raw[count++] = c;
        }
    }
    count = drop_brackets(raw, count);
    uint16_t spelled[ADDRESS_CHARS_MAX + NUMERAL_MAX + 1];
    count = fold_numerals(raw, count, spelled, sizeof spelled / sizeof spelled[0]);
    count = tidy(spelled, count);
    count = count > ADDRESS_CHARS_MAX ? ADDRESS_CHARS_MAX : count;
    while (count > 0 && spelled[count - 1] == '-') {
        count--; /* left by the cut */
    }
    memcpy(ret_chars, spelled, count * sizeof *ret_chars);
    assert(count <= ADDRESS_CHARS_MAX);
    return (int)count;
}
