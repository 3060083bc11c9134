#include "client/settle.h"

#include <string.h>

enum rc settle_take(struct edit *e, const struct record *r, size_t field,
                    uint64_t n, struct err *err)
{
    const struct heads *h = &r->fields[field];

    if (n < 1 || n > h->n)
        return err_set(err, RC_INVALID,
                       msg(e->app->lang, "take which? 1 to %zu, as `stoep"
                                         " show` numbers them"),
                       h->n);
    e->writes[e->n++] =
        (struct write){.field = (uint16_t)field, .value = h->p[n - 1].value};
    return RC_OK;
}

enum rc settle_deleted(struct edit *e, const char *choice, struct err *err)
{
    if (choice != NULL && strcmp(choice, "delete") == 0) {
        edit_delete(e);
        return RC_OK;
    }
    if (choice != NULL && strcmp(choice, "keep") == 0) {
        e->writes[e->n++] =
            (struct write){.field = FIELD_DELETED, .value = value_null()};
        return RC_OK;
    }
    return err_set(err, RC_INVALID,
                   msg(e->app->lang, "say `keep` or `delete`"));
}
