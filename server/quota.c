#include "server/quota.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sync/base/mem.h"
#include "sync/sys/digest.h"
#include "sync/sys/random.h"

enum { WAYS = 8, MINUTE_MS = 60000, NETWORK_BYTES = 8, V4_IN_V6 = 12 };

struct slot {
    uint64_t hash; /* 0: free */
    uint64_t used; /* at `at_ms` */
    uint64_t at_ms;
    uint64_t per_minute;
};

struct quota {
    uint8_t secret[DIGEST_BYTES]; /* nobody knows who shares a place */
    pthread_mutex_t lock;
    struct slot slots[QUOTA_SLOTS];
};

static_assert(QUOTA_SLOTS % WAYS == 0, "places have whole sets");

struct quota *quota_new(void)
{
    struct quota *q = mem_new(sizeof *q);

    random_bytes(q->secret, sizeof q->secret);
    pthread_mutex_init(&q->lock, NULL);
    return q;
}

void quota_free(struct quota *q)
{
    if (q == NULL)
        return;
    pthread_mutex_destroy(&q->lock);
    free(q);
}

static uint64_t hash_of(const struct quota *q, enum quota_of of,
                        struct bytes who)
{
    struct buf b = buf_make(1 + who.n);
    struct digest d;
    uint8_t kind = (uint8_t)of;
    uint64_t hash;

    buf_put(&b, &kind, 1);
    buf_put(&b, who.p, who.n);
    d = digest_hmac((struct bytes){q->secret, sizeof q->secret}, buf_view(&b));
    buf_free(&b);
    memcpy(&hash, d.b, sizeof hash);
    return hash != 0 ? hash : 1;
}

/* What is left of it now. */
static void run_off(struct slot *s, uint64_t now_ms)
{
    uint64_t passed = now_ms > s->at_ms ? now_ms - s->at_ms : 0;
    uint64_t gone =
        passed >= MINUTE_MS ? s->used : s->per_minute * passed / MINUTE_MS;

    if (gone == 0 && s->used > 0) /* a part of one: later */
        return;
    s->used = gone < s->used ? s->used - gone : 0;
    s->at_ms = now_ms;
}

/* Theirs; or the one of the set that did least, which is theirs then. */
static struct slot *place(struct quota *q, uint64_t hash, uint64_t now_ms)
{
    struct slot *set = &q->slots[hash % (QUOTA_SLOTS / WAYS) * WAYS];
    struct slot *least = set;
    size_t i;

    for (i = 0; i < WAYS; i++) {
        run_off(&set[i], now_ms);
        if (set[i].hash == hash)
            return &set[i];
        if (set[i].used < least->used)
            least = &set[i];
    }
    *least = (struct slot){.hash = hash, .at_ms = now_ms};
    return least;
}

static uint32_t ask(struct quota *q, enum quota_of of, struct bytes who,
                    uint64_t amount, uint64_t per_minute, uint64_t now_ms,
                    bool take)
{
    uint64_t hash, over;
    struct slot *s;
    uint32_t wait_ms = 0;

    if (per_minute == 0)
        return 0;
    hash = hash_of(q, of, who);
    pthread_mutex_lock(&q->lock);
    s = place(q, hash, now_ms);
    s->per_minute = per_minute;
    if (s->used > 0 && s->used + amount > per_minute) {
        over = s->used + amount - per_minute;
        if (over > s->used)
            over = s->used;
        wait_ms =
            (uint32_t)(over >= per_minute ? MINUTE_MS
                                          : over * MINUTE_MS / per_minute + 1);
    } else if (take) {
        s->used += amount;
    }
    pthread_mutex_unlock(&q->lock);
    return wait_ms;
}

uint32_t quota_take(struct quota *q, enum quota_of of, struct bytes who,
                    uint64_t amount, uint64_t per_minute, uint64_t now_ms)
{
    return ask(q, of, who, amount, per_minute, now_ms, true);
}

uint32_t quota_look(struct quota *q, enum quota_of of, struct bytes who,
                    uint64_t per_minute, uint64_t now_ms)
{
    return ask(q, of, who, 1, per_minute, now_ms, false);
}

struct bytes quota_address(const char *remote, uint8_t out[16])
{
    static const uint8_t mapped[V4_IN_V6] = {[10] = 0xff, [11] = 0xff};
    size_t n = NETWORK_BYTES;

    memset(out, 0, 16);
    if (inet_pton(AF_INET, remote, out) == 1)
        return (struct bytes){out, 4};
    if (inet_pton(AF_INET6, remote, out) == 1 &&
        memcmp(out, mapped, sizeof mapped) == 0) {
        memmove(out, out + V4_IN_V6, 4);
        n = 4;
    }
    return (struct bytes){out, n};
}
