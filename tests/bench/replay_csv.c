#include "replay_csv.h"

#include <string.h>

/* Reads one record into text and cuts it into fields. Returns their number, 0 at the end, -1 when it is too long. */
static int read_record(struct csv *csv, char *text, char **fields) {
    int count = 0, c = gzgetc(csv->file);
    size_t used = 0;
    if (c < 0) {
        return 0;
    }
    bool quoted = false;
    fields[count++] = text;
    for (; c >= 0 && (quoted || c != '\n'); c = gzgetc(csv->file)) {
        if (used + 2 >= CSV_LINE_MAX || count == CSV_FIELDS_MAX) {
            return -1;
        }
        if (c == '"') {
            if (quoted) {
                int after = gzgetc(csv->file);
                if (after == '"') {
                    text[used++] = '"';
                    continue;
                }
                gzungetc(after, csv->file);
            }
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            text[used++] = '\0';
            fields[count++] = text + used;
        } else if (c != '\r' || quoted) {
            text[used++] = (char)c;
        }
    }
    text[used] = '\0';
    csv->line++;
    return count;
}

bool csv_open(struct csv *csv, const char *path) {
    csv->line = 0;
    csv->file = gzopen(path, "rb");
    if (csv->file == NULL) {
        return false;
    }
    gzbuffer(csv->file, 262144);
    csv->columns = read_record(csv, csv->header, csv->names);
    if (csv->columns <= 0) {
        csv_close(csv);
        return false;
    }
    return true;
}

void csv_close(struct csv *csv) {
    gzclose(csv->file);
}

int csv_column(const struct csv *csv, const char *name) {
    for (int i = 0; i < csv->columns; i++) {
        if (strcmp(csv->names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

int csv_next(struct csv *csv) {
    int count = read_record(csv, csv->text, csv->fields);
    if (count <= 0) {
        return count;
    }
    return count == csv->columns ? 1 : -1;
}
