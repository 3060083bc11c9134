#include "client/picture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/picture_int.h"
#include "sync/limits.h"

static bool starts(struct bytes body, const char *with, size_t n)
{
    return body.n >= n && memcmp(body.p, with, n) == 0;
}

/* What people have beside JPEG and PNG, by name; NULL: something else. */
static const char *known_as(struct bytes body)
{
    if (body.n >= 12 && memcmp(body.p + 4, "ftyp", 4) == 0)
        return memcmp(body.p + 8, "avif", 4) == 0 ? "AVIF"
               : memcmp(body.p + 8, "he", 2) == 0 ||
                       memcmp(body.p + 8, "mif1", 4) == 0
                   ? "HEIC"
                   : "MP4";
    if (starts(body, "RIFF", 4) && body.n >= 12 &&
        memcmp(body.p + 8, "WEBP", 4) == 0)
        return "WebP";
    if (starts(body, "GIF8", 4))
        return "GIF";
    if (starts(body, "%PDF", 4))
        return "PDF";
    if (starts(body, "II*", 3) || starts(body, "MM\0*", 4))
        return "TIFF";
    return NULL;
}

enum rc picture_size(uint64_t width, uint64_t height, struct err *err)
{
    if (width * height <= picture_pixels_max)
        return RC_OK;
    return err_set(err, RC_LIMIT, "%" PRIu64 " x %" PRIu64, width, height);
}

static enum rc explain(enum rc rc, enum lang lang, struct err *err)
{
    char why[80];

    snprintf(why, sizeof why, "%s", err->text);
    if (rc == RC_LIMIT)
        return err_set(err, rc,
                       msg(lang, "this picture is too large (%s): make it"
                                 " smaller and attach that"),
                       why);
    return err_set(err, rc,
                   msg(lang, "this picture is damaged (%s): open it, save it"
                             " as JPEG and attach that"),
                   why);
}

enum rc picture_strip(struct bytes body, enum lang lang, struct buf *out,
                      struct err *err)
{
    const char *name = known_as(body);
    struct buf clean = buf_make(attachment_bytes_max);
    enum rc rc;

    if (starts(body, "\xff\xd8\xff", 3))
        rc = picture_jpeg(body, &clean, err);
    else if (starts(body, "\x89PNG\r\n\x1a\n", 8))
        rc = picture_png(body, &clean, err);
    else if (name != NULL)
        return err_set(err, RC_INVALID,
                       msg(lang, "this is %s: only JPEG and PNG can be cleaned"
                                 " of where and when; save it as JPEG and"
                                 " attach that"),
                       name);
    else
        return err_set(err, RC_INVALID, "%s",
                       msg(lang, "this is no JPEG or PNG picture; nothing else"
                                 " can be attached"));
    if (rc == RC_OK && clean.full)
        rc = err_set(err, RC_LIMIT, "%d MB",
                     attachment_bytes_max / (1024 * 1024));
    if (rc == RC_OK)
        *out = clean;
    else
        buf_free(&clean);
    return rc == RC_OK ? rc : explain(rc, lang, err);
}
