/* Any bytes as the head of a request: parsed or refused, and what comes out is
 * safe to route. */
#include <string.h>

#include "sync/sys/httpd_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    char *segment[HTTPD_SEGMENTS_MAX];
    struct arena a = {0};
    struct httpd_head head;
    const char *why = NULL;
    size_t segments;
    int status = httpd_head_parse((struct bytes){p, n}, &a, &head, &why);

    if (status == 0) {
        assert(head.path[0] == '/' && !strchr(head.path, '?'));
        assert(head.authority && head.fields <= HTTPD_HEADERS_MAX);
        for (size_t i = 0; i < head.fields; i++)
            assert(!strpbrk(head.field[i].value, "\r\n"));
        httpd_head_match("/v1/areas/*/attachments/*", head.path, &a, segment,
                         &segments);
        httpd_head_match("/*/*/*/*/*", head.path, &a, segment, &segments);
    } else {
        assert(status >= 400 && status < 600 && why);
    }
    arena_free(&a);
    return 0;
}
