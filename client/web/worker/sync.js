// sync.js - what is not handed in, handing it in, and what that did.

import {button, el, go, note, replace} from '../common/dom.js';
import {call, forget} from '../common/api.js';
import {moment, t, tn} from '../common/i18n.js';
import {learn} from './device.js';

const LOOK_MS = 400;

function did(sync) {
    return [
        tn(sync.pushed, 'One change handed in.', '{n} changes handed in.'),
        tn(sync.pulled, 'One record taken in.', '{n} records taken in.'),
        sync.attachments > 0 &&
            tn(sync.attachments, 'One photo handed in.', '{n} photos handed in.'),
    ].filter(Boolean).join(' ');
}

function progress(sync) {
    if (sync.waiting)
        return note('warning', el('p', {}, sync.waiting.text), el('p', {},
            t('Trying again in {n} seconds.',
                {n: Math.ceil(sync.waiting.waitMs / 1000)})));
    return note('info', el('p', {}, t('Handing in …')), el('p', {}, did(sync)));
}

function result(sync) {
    if (sync.fault)
        return note('error', el('p', {}, sync.fault.text),
            el('p', {}, t('Nothing is lost. It stays on this device until it is handed in.')));
    return note('ok', el('p', {}, did(sync)));
}

function lines(list, about) {
    return el('ul', {class: 'lines'}, list.map((r) => el('li', {},
        el('a', {href: r.id ? `#/show/${r.id}` : '#/sync'},
            el('strong', {}, r.title),
            el('span', {class: 'about'}, about(r))))));
}

function counts(standing, waiting) {
    return [
        el('p', {class: 'big'}, waiting.waiting.length === 0
            ? t('Everything is handed in.')
            : tn(standing.waiting, 'One change is not handed in yet.',
                '{n} changes are not handed in yet.')),
        waiting.photos > 0 && el('p', {},
            tn(waiting.photos, 'One photo waits as well.', '{n} photos wait as well.')),
        el('p', {class: 'muted'}, standing.syncedMs === 0
            ? t('This device has never handed in.')
            : t('Last time: {when}.', {when: moment(standing.syncedMs)}),
        ' ', standing.last && did(standing.last)),
        standing.withheld > 0 && el('p', {},
            tn(standing.withheld, 'One answer waits for consent, on this device alone.',
                '{n} answers wait for consent, on this device alone.')),
        standing.reviews > 0 && el('p', {}, go(
            tn(standing.reviews, 'One record was written differently by two people',
                '{n} records were written differently by two people'), '#/reviews')),
        standing.doubt !== '' && note('warning', el('p', {}, t('The journal of the server is not the one that this device saw before. Tell the privacy officer.'))),
        waiting.aside.length > 0 && el('section', {},
            el('h2', {}, t('Kept aside at the server')),
            el('p', {}, t('These were not taken in. Your team lead can see them; the reason stands with each.')),
            lines(waiting.aside, (r) => `${r.label} · ${r.reason}`)),
        waiting.unkept.length > 0 && el('section', {},
            el('h2', {}, t('Not kept by the server')),
            el('p', {}, t('The server did not keep these, and nobody else sees them; the reason stands with each.')),
            lines(waiting.unkept, (r) => `${r.label} · ${r.reason}`)),
        waiting.waiting.length > 0 && el('details', {class: 'more'},
            el('summary', {}, t('What is not handed in')),
            lines(waiting.waiting, (r) => `${r.label} · ${moment(r.savedMs)}`)),
    ];
}

export async function syncPage() {
    const box = el('div', {}), standingBox = el('div', {class: 'stack'});
    let here = true;

    const start = button(t('Hand in now'), run, 'primary', {class:
        'utrecht-button utrecht-button--primary-action wide'});

    async function refresh() {
        const [standing, waiting] = await Promise.all([call('standing'),
            call('waiting')]);

        replace(standingBox, counts(standing, waiting));
    }

    async function follow() {
        start.disabled = true;
        for (;;) {
            const {sync} = await call('state');

            if (!here)
                return;
            if (!sync.running) {
                replace(box, result(sync));
                break;
            }
            replace(box, progress(sync));
            await new Promise((go) => setTimeout(go, LOOK_MS));
        }
        start.disabled = false;
        forget(); // the record types may be others now
        await learn();
        await refresh();
        window.dispatchEvent(new CustomEvent('shown'));
    }

    async function run() {
        replace(box, note('info', el('p', {}, t('Handing in …'))));
        try {
            await call('sync');
            await follow();
        } catch (fault) {
            start.disabled = false;
            replace(box, note('error', el('p', {}, fault.message)));
        }
    }

    await refresh();
    const {sync} = await call('state');

    if (sync.running)
        follow();
    return {title: t('Hand in'), body: [standingBox, start, box],
        leave: async () => {
            here = false;
        }};
}
