/*
 * reach.h - what reaches a person: phone numbers and e-mail addresses.
 *
 * A phone number is kept in the one form of E.164 (ITU-T): + and 8 to 15
 * digits.  An address is what RFC 5321 allows without quotes and without
 * literals, in ASCII; whether anybody reads it is not asked.
 */
#pragma once

#include "sync/base/buf.h"
#include "sync/base/mem.h"

bool reach_is_phone(struct bytes b);
bool reach_is_email(struct bytes b);

/* A number as people write it, "06 1234 5678" or "0031 (0)50-123 4567", in
 * that form; Dutch if it does not say of which country.  What is no number
 * comes back as it was. */
struct bytes reach_phone(struct bytes typed, struct arena *mem);
