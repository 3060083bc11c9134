/* forward_http.h - the way out of forward.h: HTTPS by libcurl, to a receiver
 * whose certificate the system trusts. */
#pragma once

#include "server/forward.h"

struct forward_way forward_http(void);
