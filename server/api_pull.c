/* What changed since, and the record types (server.h). */
#include <stdlib.h>
#include <string.h>

#include "server/server.h"
#include "sync/base/text.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/pack.h"

enum { LEVEL = 3, PIECE_MAX = HTTPD_PIECE_BYTES_MAX };

/* A pull under way: it holds a cursor and nothing else, so a slow client costs
 * no more than one piece. */
struct pulling {
    struct server *server;
    struct store *store; /* of its loop */
    struct serve serve;
    struct serve_action next;
    struct arena mem;
};

/* -- one message of states ---------------------------------------------- */

struct reading {
    struct wire_states states;
    struct arena scratch;
    enum role role;
    uint64_t seen; /* version of the last record looked at */
    bool more;
};

static bool on_record(void *ctx, const struct record *rec)
{
    struct reading *r = ctx;

    if (r->states.body.n >= states_bytes_target) {
        r->more = true;
        return false;
    }
    r->seen = rec->version;
    if (rec->type->see & 1U << r->role) {
        wire_states_add(&r->states, rec, &r->scratch);
        arena_reset(&r->scratch);
    }
    return true;
}

/* Append one message to `out`; the cursor and whether there is more go into
 * `st` for serve.h. */
static enum rc read_states(struct pulling *p, const struct pull *pull,
                           struct buf *out, struct states *st, struct err *err)
{
    struct reading r = {.role = p->serve.caller.role, .seen = pull->after};
    enum rc rc;

    wire_states_begin(&r.states, p->store->shape);
    rc = rows_changed(p->store->rows, pull->area, pull->after, on_record, &r,
                      err);
    if (rc == RC_OK) {
        wire_states_end(&r.states, pull->area, r.seen, r.more, out);
        if (out->full)
            rc = err_set(err, RC_LIMIT, "a record is too large to send");
    }
    wire_states_free(&r.states);
    arena_free(&r.scratch);
    *st = (struct states){.area = pull->area, .upto = r.seen, .more = r.more};
    return rc;
}

/* Length, then the frame. */
static enum rc put_piece(struct bytes message, struct buf *out, struct err *err)
{
    struct buf frame = buf_make(PIECE_MAX - 4);
    enum rc rc = pack_compress(message, LEVEL, &frame, err);
    uint8_t length[4] = {(uint8_t)(frame.n >> 24), (uint8_t)(frame.n >> 16),
                         (uint8_t)(frame.n >> 8), (uint8_t)frame.n};

    if (rc == RC_OK) {
        buf_put(out, length, sizeof length);
        buf_put(out, frame.p, frame.n);
    }
    buf_free(&frame);
    return rc;
}

static enum httpd_more next_piece(void *ctx, struct buf *out)
{
    struct pulling *p = ctx;
    struct buf message = buf_make(message_bytes_max);
    struct states st;
    struct err err;
    enum rc rc = read_states(p, &p->next.pull, &message, &st, &err);

    if (rc == RC_OK)
        rc = put_piece(buf_view(&message), out, &err);
    buf_free(&message);
    if (rc != RC_OK)
        return HTTPD_BREAK;
    p->next = serve_step(
        &p->serve, &(struct serve_event){.kind = SERVE_STATES, .states = &st},
        &p->mem);
    p->next = serve_step(&p->serve, &(struct serve_event){.kind = SERVE_SENT},
                         &p->mem);
    return p->next.kind == SERVE_READ ? HTTPD_MORE : HTTPD_END;
}

static void pulled(void *ctx)
{
    struct pulling *p = ctx;

    arena_free(&p->mem);
    free(p);
}

/* -- the call ----------------------------------------------------------- */

static enum rc take_pull(struct httpd_request *r, struct pull *out,
                         struct err *err)
{
    const char *area = httpd_query(r, "area");
    const char *after = httpd_query(r, "after");
    uint64_t number = 0, cursor = 0;

    if (area == NULL || !text_take_u64(bytes_of(area), UINT32_MAX, &number))
        return err_set(err, RC_INVALID, "the query lacks area=NUMBER");
    if (after == NULL || !text_take_u64(bytes_of(after), INT64_MAX, &cursor))
        return err_set(err, RC_INVALID, "the query lacks after=VERSION");
    *out = (struct pull){(uint32_t)number, cursor};
    return RC_OK;
}

void api_pull(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct store *s = server_store(srv, r);
    struct message m = {.kind = MESSAGE_PULL};
    struct pulling *p;
    struct caller caller;
    struct device d;
    struct err err;
    enum rc rc = auth_token(srv->auth, s, r, clock_wall_ms(), &d, &err);

    if (rc == RC_OK)
        rc = take_pull(r, &m.as.pull, &err);
    if (rc != RC_OK) {
        server_problem(r, &err);
        return;
    }
    p = mem_new(sizeof *p);
    p->server = srv;
    p->store = s;
    /* The request is gone before the answer is. */
    caller = d.caller;
    caller.areas =
        (const uint32_t *)(const void *)arena_bytes(
            &p->mem, (struct bytes){(const uint8_t *)caller.areas,
                                    caller.areas_n * sizeof *caller.areas})
            .p;
    serve_init(&p->serve, s->shape, &caller);
    p->next = serve_step(
        &p->serve, &(struct serve_event){.kind = SERVE_CALLED, .message = &m},
        &p->mem);
    if (p->next.kind != SERVE_READ) {
        server_problem(r, &p->next.err);
        pulled(p);
        return;
    }
    httpd_stream(r, 200, "application/vnd.stoep.states", HTTPD_UNKNOWN,
                 (struct httpd_source){p, next_piece, pulled});
}

void api_types(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct store *s = server_store(srv, r);
    struct buf frame = buf_make(types_bundle_bytes_max);
    struct bytes bundle;
    struct device d;
    struct err err;
    enum rc rc = auth_token(srv->auth, s, r, clock_wall_ms(), &d, &err);

    if (rc == RC_OK)
        rc = store_types(s, bytes_of(httpd_segment(r, 0)), httpd_arena(r),
                         &bundle, &err);
    if (rc == RC_OK)
        rc = pack_compress(bundle, LEVEL, &frame, &err);
    if (rc == RC_OK)
        httpd_reply(r, 200, "application/zstd", buf_view(&frame));
    else
        server_problem(r, &err);
    buf_free(&frame);
}
