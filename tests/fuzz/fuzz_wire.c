/* Messages from outside: whatever comes, no fault; and what is read and written
 * again reads the same. */
#include <stdlib.h>

#include "sync/limits.h"
#include "sync/merge.h"
#include "sync/wire.h"
#include "tests/unit/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* A batch as received must survive being handed on. */
static void again(const struct message *m, struct arena *mem)
{
    struct buf b = buf_make(message_bytes_max);
    struct message back;
    size_t i;

    for (i = 0; m->kind == MESSAGE_BATCH && i < m->as.batch.changesets_n; i++)
        if (m->as.batch.faults[i] != NULL ||
            changeset_check(&m->as.batch.changesets[i], NULL) != RC_OK) {
            buf_free(&b);
            return; /* such a one is parked, not merged */
        }
    wire_put(&b, m);
    if (wire_get(arena_bytes(mem, buf_view(&b)), &model, mem, &back, NULL) !=
        RC_OK)
        abort();
    for (i = 0; m->kind == MESSAGE_BATCH && i < m->as.batch.changesets_n; i++)
        if (!changeset_eq(&m->as.batch.changesets[i],
                          &back.as.batch.changesets[i]))
            abort();
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena mem = {0};
    struct message m;
    struct shown shown;
    size_t i;

    if (wire_get((struct bytes){p, n}, &model, &mem, &m, NULL) == RC_OK) {
        if (m.kind != MESSAGE_STATES)
            again(&m, &mem);
        for (i = 0; m.kind == MESSAGE_STATES && i < m.as.states.records_n; i++)
            merge_show_record(&m.as.states.records[i], &mem, &shown);
    }
    arena_free(&mem);
    return 0;
}
