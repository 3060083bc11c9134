/*
 * limits.h - every limit, with its unit, in one place.
 *
 * Running out of memory ends the process (base/mem.h); that is sound only
 * because nothing from outside is larger than what stands here.
 */
#pragma once

#include <assert.h>

enum {
    /* One record type and one record. */
    types_max = 64,
    fields_per_type_max = 64,
    choices_per_list_max = 256,
    name_bytes_max = 63,     /* of a type, a field, a choice */
    text_chars_max = 4000,   /* of one text field */
    set_members_max = 64,    /* of one set */
    value_bytes_max = 16000, /* one value: text_chars_max x 4 bytes */
    heads_per_field_max = 256,
    changeset_bytes_max = 256 * 1024,

    /* The model of all record types, as text. */
    types_bundle_bytes_max = 1024 * 1024,

    /* Messages of the sync conversation, before compression. */
    message_bytes_max = 4 * 1024 * 1024,
    message_depth_max = 8,
    batch_changesets_max = 512,
    batch_bytes_target = 256 * 1024, /* a batch is cut once it is this large */
    states_bytes_target = 64 * 1024, /* so is one piece of a pull */
    areas_per_device_max = 64,
    token_bytes_max = 512, /* of a session token, as text */
    pin_bytes = 32,        /* SHA-256 of a server's public key */

    /* What the town's neighbourhoods are told as. */
    regions_max = 4096,
    regions_bytes_max = 1024 * 1024,

    /* Attachments. */
    attachment_bytes_max = 20 * 1024 * 1024,
    picture_pixels_max = 64 * 1000 * 1000,
    attachment_piece_bytes = 256 * 1024,

    /* How much goes at once over a line that may break (pace.h). */
    pace_bytes_first = 32 * 1024,
    pace_bytes_min = 2 * 1024,
    pace_quick_ms = 5 * 1000,
    pace_slow_ms = 20 * 1000,

    /* Time. */
    clock_drift_ms_max = 5 * 60 * 1000, /* of a clock that we follow */
    signature_age_s_max = 300,          /* of a signed request */
    token_age_s_max = 15 * 60,          /* of a session token */
    code_age_s_max = 7 * 24 * 3600,     /* of an enrolment code */
    connect_timeout_ms = 30 * 1000,     /* name, TCP and TLS together */
    silence_ms_max = 60 * 1000,         /* of a line on which a call waits */
    retry_ms_min = 500,
    retry_ms_max = 10 * 60 * 1000,
    lease_s_max = 366 * 24 * 3600, /* of a store without its server */
    journal_keep_days = 30, /* what a client keeps of what it handed in */
};

static_assert(value_bytes_max >= text_chars_max * 4,
              "a text of four-byte characters must fit a value");
static_assert(changeset_bytes_max >= 8 * value_bytes_max,
              "a changeset must hold several full values");
static_assert(batch_bytes_target + 2 * changeset_bytes_max < message_bytes_max,
              "a batch must fit a message");
static_assert(regions_bytes_max < message_bytes_max,
              "the neighbourhoods of a town must fit a message");
static_assert(attachment_piece_bytes < message_bytes_max,
              "a piece of an attachment must fit a message");
static_assert(pace_bytes_min <= pace_bytes_first &&
                  pace_bytes_first <= attachment_piece_bytes &&
                  pace_bytes_first <= batch_bytes_target,
              "what goes at once must be able to grow");
static_assert(retry_ms_min < retry_ms_max, "backoff must be able to grow");
