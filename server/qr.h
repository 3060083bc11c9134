/*
 * qr.h - a text as a QR code, for a camera: in a terminal and as a PNG file.
 *
 * libqrencode decides which squares are dark (byte mode, error correction M);
 * here they are drawn.  Texts of up to QR_TEXT_MAX bytes.
 */
#pragma once

#include <stdio.h>

#include "sync/base/buf.h"
#include "sync/base/err.h"

enum { QR_TEXT_MAX = 512, QR_QUIET = 4, QR_SCALE = 8 };

/* Two rows of squares to a line, as half blocks (UTF-8), light on dark and with
 * the quiet zone, so that it reads in a dark terminal and in a light one. */
MUST_USE enum rc qr_print(FILE *to, const char *text, struct err *err);

/* Append it as SVG, dark on light. */
MUST_USE enum rc qr_svg(const char *text, struct buf *out, struct err *err);

/* A new file for its owner alone, QR_SCALE pixels to a square.  RC_CONFLICT:
 * there is a file of that name, which stays. */
MUST_USE enum rc qr_png(const char *path, const char *text, struct err *err);
