#include "server/conf.h"

#define X(name, kind, value, help) \
    CONF_SETTING(struct server_conf, name, kind, value, help)
static const struct conf_setting settings[] = {SERVER_CONF(X)};
#undef X

const struct conf_table server_conf_table = {settings, countof(settings)};
