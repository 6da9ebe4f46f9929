/* SPDX-License-Identifier: MIT */
/* From names of fields to paths. In: the text of an option. Out: a column for each name. */
#include "columns.h"

#include <stdlib.h>

static bool columns_is_gap(char c)
{
    return c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next name of a text, which moves on behind it; false at the end. */
static bool columns_next(const char **text, const char **name, size_t *len)
{
    const char *at = *text;
    while (columns_is_gap(*at))
        at++;
    *name = at;
    while (*at && !columns_is_gap(*at))
        at++;
    *text = at;
    *len = (size_t)(at - *name);
    return *len > 0;
}

size_t columns_number(const char *text)
{
    const char *name;
    size_t count = 0, len;
    while (text && columns_next(&text, &name, &len))
        count++;
    return count;
}

/* Values at a fixed place in the struct of their layer need no walk. */
static struct column_cell columns_cell(const struct path_place *place)
{
    struct column_cell cell = { .op = VALUE_OP_LONG };
    if (place->steps != 1 || place->many)
        return cell;
    cell.op = value_op(place->step[0]);
    cell.offset = place->step[0]->offset;
    cell.has = place->step[0]->has;
    return cell;
}

static int columns_find(struct column *column, chains_component *self, const char *option)
{
    char error[512] = "";
    int status = path_find(&column->path, chains_layout_of(self), chains_upstream_types(self),
                           column->name, column->len, error, sizeof error);
    if (status < 0)
        return chains_fail(chains_about(self, option, 0), status, "%s", error);
    for (size_t i = 0; i < column->path.places; i++)
        column->cell[i] = columns_cell(&column->path.place[i]);
    return CHAINS_OK;
}

int columns_open(struct columns *columns, chains_component *self, const char *option,
                 const char *text)
{
    size_t most = columns_number(text);
    int status = CHAINS_OK;
    columns->count = 0;
    columns->at = calloc(most ? most : 1, sizeof *columns->at);
    if (!columns->at)
        return chains_fail(self, CHAINS_EMEM, "no memory for %zu columns", most);
    while (columns->count < most && status == CHAINS_OK) {
        struct column *column = &columns->at[columns->count++];
        columns_next(&text, &column->name, &column->len);
        status = columns_find(column, self, option);
    }
    if (status < 0)
        columns_close(columns);
    return status;
}

void columns_close(struct columns *columns)
{
    free(columns->at);
    columns->at = NULL;
    columns->count = 0;
}
