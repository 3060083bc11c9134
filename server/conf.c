#include "server/conf.h"

#define X(name, kind, value, help) \
    CONF_SETTING(struct server_conf, name, kind, value, help)
static const struct conf_setting settings[] = {SERVER_CONF(X)};
#undef X

const struct conf_table server_conf_table = {settings, countof(settings)};

uint64_t server_conf_lease_s(const struct server_conf *c, enum role role)
{
    const uint64_t hours[ROLES_N] = {
        [ROLE_WORKER] = c->lease_worker_h,
        [ROLE_EXTERNAL] = c->lease_external_h,
        [ROLE_LEAD] = c->lease_lead_h,
        [ROLE_ANALYST] = c->lease_analyst_h,
        [ROLE_PRIVACY] = c->lease_privacy_h,
        [ROLE_ADMIN] = c->lease_admin_h,
    };

    return hours[role] * 3600;
}
