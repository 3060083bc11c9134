/*
 * tls.h - TLS 1.2 for the server, by mbedTLS over memory buffers.
 *
 * Clients know the server by its public key (the pin), not by who signed its
 * certificate; so a certificate of its own making is as good as any.
 */
#pragma once

#include "sync/sys/httpd.h"

struct tls;

enum { TLS_PIN_BYTES = 32 };

/* If neither file is there: make a P-256 key (mode 0600) and a certificate
 * signed by itself for `name`, valid for thirty years.  If one is there and
 * the other is not: a missing certificate is made anew for the key (the pin
 * stays); a missing key is RC_NOTFOUND. */
MUST_USE enum rc tls_make(const char *cert_path, const char *key_path,
                          const char *name, struct err *err);

/* Read both (PEM; the certificate may be followed by its chain) and check that
 * they belong together.  The caller frees *out, after httpd_stop(). */
MUST_USE enum rc tls_open(const char *cert_path, const char *key_path,
                          struct tls **out, struct err *err);
void tls_close(struct tls *t); /* NULL is fine */

/* Read the files again.  New connections get what they hold now, open ones
 * keep what they have; on a fault nothing changes.  From any thread. */
MUST_USE enum rc tls_reload(struct tls *t, struct err *err);

/* SHA-256 of the public key as SubjectPublicKeyInfo in DER (RFC 7469, 2.4):
 * what curl calls sha256//, there in Base64.  From any thread. */
void tls_pin(struct tls *t, uint8_t pin[static TLS_PIN_BYTES]);

/* -- another key to come ------------------------------------------------
 *
 * A key that will take the place of the one in force lies beside it, in
 * KEY.next, with its certificate in CERT.next.  Devices are told its pin
 * (struct welcome), and know the server by either until it is in force. */

/* Make what is not there yet of the two; the certificate for the name that the
 * one in force has. */
MUST_USE enum rc tls_next_make(const char *cert_path, const char *key_path,
                               struct err *err);
/* *there: is there a next key?  Its pin then. */
MUST_USE enum rc tls_next_pin(const char *key_path,
                              uint8_t pin[static TLS_PIN_BYTES], bool *there,
                              struct err *err);
/* Put it in force.  RC_NOTFOUND: there is none.  Cut off in the middle, it is
 * finished by tls_next_mend(). */
MUST_USE enum rc tls_next_finish(const char *cert_path, const char *key_path,
                                 struct err *err);
MUST_USE enum rc tls_next_mend(const char *cert_path, const char *key_path,
                               struct err *err);
/* As it was when the files were last read; false: there is none. */
bool tls_next(struct tls *t, uint8_t pin[static TLS_PIN_BYTES]);

/* For httpd_options.tls; belongs to `t`. */
const struct httpd_tls *tls_httpd(struct tls *t);
