#include "schema/rows_scan.h"

#include <inttypes.h>

#include "schema/emit.h"
#include "sync/limits.h"

enum { SQL_BYTES_MAX = 64 * 1024 };

enum rc rows_scan(struct db *db, const struct shape_type *type, uint32_t area,
                  const size_t *fields, size_t n, rows_scan_visit *visit,
                  void *ctx, struct err *err)
{
    const char *texts[fields_per_type_max];
    struct buf sql = buf_make(SQL_BYTES_MAX);
    struct db_query *q;
    size_t i;
    enum rc rc;

    assert(n <= fields_per_type_max);
    buf_puts(&sql, "SELECT created_ms");
    for (i = 0; i < n; i++) {
        buf_puts(&sql, ", ");
        emit_sql_name(&sql, type->fields[fields[i]].name);
    }
    buf_puts(&sql, " FROM ");
    emit_sql_name(&sql, type->table);
    buf_printf(&sql, " WHERE area = %" PRIu32 " AND deleted = 0", area);
    rc = db_query_adhoc(db, buf_text(&sql), &q, err);
    if (rc == RC_OK) {
        while (db_row(q)) {
            for (i = 0; i < n; i++)
                texts[i] = db_text_at(q, (int)i + 1);
            visit(ctx, db_i64_at(q, 0), texts);
        }
        rc = db_done(q, err);
    }
    buf_free(&sql);
    return rc;
}
