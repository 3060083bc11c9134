/* withdraw.h - a resident takes consent back, in one step. */
#pragma once

#include "client/app.h"

/* All of it, or for `purpose` (a code or a label; NULL: all).  `what`: what the
 * consent was about, or the consent itself.  Where none was recorded, `purpose`
 * records that there is none.  Adds {"id", "purpose"} of each that it took back
 * to `done`; none: there was none any more. */
MUST_USE enum rc withdraw_consent(struct app *a, const char *what,
                                  const char *purpose, json_t *done,
                                  struct err *err);
