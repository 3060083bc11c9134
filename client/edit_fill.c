/* The neighbourhood follows from the point (sync/fill.h). */
#include "client/edit.h"
#include "client/where.h"
#include "sync/fill.h"

static struct write *written(struct edit *e, size_t field)
{
    size_t i;

    for (i = 0; i < e->n; i++)
        if (e->writes[i].field == field)
            return &e->writes[i];
    return NULL;
}

/* What the record is to say of its neighbourhood; `w`: the write to it of this
 * save, or NULL. */
static void fill_in(struct edit *e, size_t field, struct write *w,
                    struct bytes code)
{
    struct value to = value_bytes(code);

    if (w == NULL && value_eq(&e->shown.values[field], &to))
        return; /* it stands so */
    if (w == NULL)
        w = &e->writes[e->n++];
    *w = fill_write(field, code);
}

enum rc edit_fill(struct edit *e, struct err *err)
{
    size_t code, point;
    struct write *from, *to;
    struct geo_point p;
    struct where at = {0};
    bool known = false;
    enum rc rc;

    if (!fill_fields(e->type, &code, &point) ||
        (from = written(e, point)) == NULL ||
        !app_sees(e->app, &e->type->fields[code]))
        return RC_OK;
    to = written(e, code);
    if (!fill_may(&e->shown.values[code], e->filled, to))
        return RC_OK;
    if (from->value.kind != VALUE_TEXT || !geo_read(from->value.as.text, &p)) {
        fill_in(e, code, to, at.code); /* no point any more: no code of it */
        return RC_OK;
    }
    rc = where_at(&e->app->l, p, &e->app->mem, &known, &at, err);
    if (rc == RC_OK && known)
        fill_in(e, code, to, at.code);
    return rc;
}
