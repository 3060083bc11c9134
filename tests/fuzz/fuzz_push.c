/* fuzz_push.c - a batch from a device, all the way through the server to its
 * store: answered or refused, never a failure of the server; an answer can be
 * read, and the same batch again gets the same answer. */
#include "tests/fuzz/fuzz.h"

#include "schema/schema.h"
#include "server/conversation.h"
#include "sync/limits.h"
#include "sync/sys/pack.h"

static struct store store;
static struct device device;
static struct arena mem;

static void put_seeds(void)
{
    const struct shape_type *t =
        shape_type_named(store.shape, bytes_of("signal"));
    uint8_t random[ID_RANDOM_BYTES] = {1};
    struct write w[2] = {{1, value_text("lamp"), {0}},
                         {2, value_text("It is dark."), {0}}};
    struct changeset c[2] = {{.device = 1,
                              .number = 1,
                              .clock = 7,
                              .area = 1,
                              .type = t,
                              .record = id_make(5, random),
                              .writes = w,
                              .writes_n = 2}};
    struct message m = {.kind = MESSAGE_BATCH,
                        .as.batch = {.device = 1,
                                     .area = 1,
                                     .first = 1,
                                     .types = bytes_of(store.shape->version),
                                     .changesets = c,
                                     .changesets_n = 2}};
    struct buf b = buf_make(message_bytes_max);

    c[1] = c[0];
    c[1].number = 2;
    w[0].field =
        (uint16_t)shape_field_index(t, shape_field_named(t, bytes_of("title")));
    w[1].field = (uint16_t)shape_field_index(
        t, shape_field_named(t, bytes_of("description")));
    wire_put(&b, &m);
    fuzz_seed("two", buf_view(&b));
    buf_clear(&b);
    m = (struct message){.kind = MESSAGE_HELLO,
                         .as.hello = {.device = 1, .types = bytes_of("x")}};
    wire_put(&b, &m);
    fuzz_seed("hello", buf_view(&b));
    exit(0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *dir = fuzz_dir_make();
    struct digest secret = {{1}};
    struct sign_key *key = sign_key_new();
    struct sign_public public = sign_key_public(key);
    struct enrolled e;
    uint32_t area;
    int64_t account;
    struct err err;

    (void)argc;
    (void)argv;
    fuzz_must(store_create(dir, schema_builtin_bundle(), &err), &err);
    fuzz_must(store_open(dir, STORE_WRITE, NULL, &store, &err), &err);
    fuzz_must(store_area_put(&store, "selwerd", "Selwerd", "", &area, &err),
              &err);
    fuzz_must(store_account_put(&store, "w", ROLE_WORKER, &area, 1, 0, &account,
                                &err),
              &err);
    fuzz_must(store_code_put(&store, &secret, account, 5000, &err), &err);
    fuzz_must(store_enrol(&store, &secret, &public, "", 1000, &mem, &e, &err),
              &err);
    fuzz_must(store_device(&store, e.device, &mem, &device, &err), &err);
    sign_key_free(key);
    if (fuzz_wants_seeds())
        put_seeds();
    return 0;
}

static bool fault_of_the_caller(enum rc rc)
{
    return rc != RC_IO && rc != RC_FULL && rc != RC_BUSY;
}

/* Inside a transaction that is undone afterwards. */
static enum rc hand_in(struct bytes body, struct buf *answer)
{
    static const struct proof proof;
    struct push p = {0};
    struct err err;
    enum rc rc = push_open(&p, &store, &device, body, &proof, 2000, &err);

    if (rc == RC_OK) {
        p.job.job.rc = rc = p.job.job.run(&p.job.job, &store, &err);
        p.job.job.err = err;
    }
    if (rc == RC_OK) {
        struct arena m = {0};
        struct message back;

        PROMISE(push_answer(&p, answer, &err) == RC_OK);
        PROMISE(wire_get(buf_view(answer), store.shape, &m, &back, &err) ==
                RC_OK);
        PROMISE(back.kind == MESSAGE_ACK);
        arena_free(&m);
    } else {
        PROMISE(fault_of_the_caller(rc));
        PROMISE(err.text[0] != '\0');
    }
    push_free(&p);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct buf body = buf_make(2 * message_bytes_max);
    struct buf first = buf_make(message_bytes_max);
    struct buf again = buf_make(message_bytes_max), out = first;
    struct greeting greeting = {.token = bytes_of("t"), .lease_s = 3600};
    struct arena scratch = {0};
    struct hello said;
    struct wiped wiped;
    struct err err;

    fuzz_must(pack_compress((struct bytes){p, n}, 1, &body, &err), &err);
    fuzz_must(db_begin(store.db, &err), &err);
    if (hand_in(buf_view(&body), &first) == RC_OK) {
        PROMISE(hand_in(buf_view(&body), &again) == RC_OK);
        PROMISE(bytes_eq(buf_view(&first), buf_view(&again)));
    }
    (void)(db_end(store.db, RC_INVALID, &err) == RC_OK);
    out = buf_make(message_bytes_max);
    if (converse_hello(&store, &device, (struct bytes){p, n}, &greeting, 2000,
                       &scratch, &said, &out, &err) != RC_OK)
        PROMISE(fault_of_the_caller(err.code));
    if (converse_wiped(&device, (struct bytes){p, n}, &scratch, &wiped, &err) !=
        RC_OK)
        PROMISE(fault_of_the_caller(err.code));
    arena_free(&scratch);
    buf_free(&out);
    buf_free(&again);
    buf_free(&first);
    buf_free(&body);
    return 0;
}
