// me.js - who is signed in, for all pages.

import {t} from '../common/i18n.js';

export let me = {areas: [], calls: [], role: ''};

export function setMe(who) {
    me = who;
}

export function may(call) {
    return me.calls.includes(call);
}

export function roleWord(role) {
    return {
        lead: t('team lead'), privacy: t('privacy officer'),
        analyst: t('analyst'), admin: t('administrator'),
        worker: t('worker'), external: t('external'),
    }[role] ?? role;
}

export function areaName(number) {
    const area = me.areas.find((a) => a.number === number);

    return area ? area.name || area.slug : String(number);
}
