/*
 * openapi.h - the description of the interface (OpenAPI 3.0), made from what is
 * declared: the calls (endpoint.h), the questions with their parameters and
 * columns (question.h), the settings for whom to write to.
 *
 * It names nothing of what is kept, so anybody may read it.
 */
#pragma once

#include "server/conf.h"
#include "server/question.h"

enum { OPENAPI_BYTES_MAX = 4 * 1024 * 1024 };

/* A call without a description is not in it: see said[] in openapi.c. */
MUST_USE enum rc openapi_write(const struct server_conf *conf, struct buf *out,
                               struct err *err);
