/*
 * key_claim.h - what a device signs, with the key that is to be its next one,
 * to prove that it has it: nobody can announce the key of another, or for
 * another.
 *
 * The bytes stand in sync/README.md.
 */
#pragma once

#include "sync/sys/sign.h"

struct digest key_claim(uint32_t device, const struct sign_public *key);
