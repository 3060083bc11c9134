/* tls_int.h - what the files of the server's TLS share.  For tls*.c only. */
#pragma once

#include <mbedtls/pk.h>

#include "server/tls.h"

enum { TLS_PEM_BYTES_MAX = 64 * 1024, TLS_NAME_BYTES_MAX = 100 };

/* Random bytes, as mbedTLS asks for them. */
int tls_chance(void *arg, unsigned char *out, size_t n);

/* What mbedTLS says of `code`. */
enum rc tls_fault(struct err *err, enum rc rc, const char *what, int code);

/* A private key in PEM; `key` is initialised.  RC_INVALID: it is none. */
MUST_USE enum rc tls_key_read(const char *path, mbedtls_pk_context *key,
                              struct err *err);

/* 0, or mbedTLS's code. */
int tls_key_pin(mbedtls_pk_context *key, uint8_t pin[static TLS_PIN_BYTES]);
