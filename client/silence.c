#include "client/silence.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

void silence_open(struct silence *s, int fd)
{
    if (s->n < SILENCE_SOCKETS_MAX)
        s->sockets[s->n++] = fd;
}

void silence_close(struct silence *s, int fd)
{
    size_t i;

    for (i = 0; i < s->n; i++)
        if (s->sockets[i] == fd) {
            s->sockets[i] = s->sockets[--s->n];
            return;
        }
}

static uint64_t bytes_moved(const struct silence *s)
{
    uint64_t all = 0;
    size_t i;

    for (i = 0; i < s->n; i++) {
        struct tcp_info info = {0};
        socklen_t n = sizeof info;

        if (getsockopt(s->sockets[i], IPPROTO_TCP, TCP_INFO, &info, &n) == 0)
            all += info.tcpi_bytes_acked + info.tcpi_bytes_received;
    }
    return all;
}

void silence_begin(struct silence *s, uint64_t now_ms)
{
    s->moved = bytes_moved(s);
    s->since_ms = now_ms;
}

uint64_t silence_ms(struct silence *s, uint64_t now_ms)
{
    uint64_t moved = bytes_moved(s);

    if (moved != s->moved) {
        s->moved = moved;
        s->since_ms = now_ms;
    }
    return now_ms - s->since_ms;
}
