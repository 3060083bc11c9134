// app.js - the worker's pages: from an address to a page that works.

import {call, forget, on, start} from '../common/api.js';
import {again, begin} from '../common/page.js';
import {el, icon, replace} from '../common/dom.js';
import {speak, t} from '../common/i18n.js';
import {device, learn, unlearn} from './device.js';
import './pages.js';

const byId = (id) => document.getElementById(id);
let state = 'open', begun = false;

// -- the frame around a page ----------------------------------------------------

const pictures = {
    '#/': 'M4 11l8-7 8 7v9h-5v-6h-6v6H4z',
    '#/new': 'M12 4v16M4 12h16',
    '#/due': 'M4 5h3v3H4zM11 6.5h9M4 12h3v3H4zM11 13.5h9M4 19h3v2H4zM11 20h9',
    '#/sync': 'M8 20V5M3.5 9.5L8 5l4.5 4.5M16 4v15M11.5 14.5L16 19l4.5-4.5',
};

function link(href, text) {
    return el('li', {}, el('a', {href}, icon(pictures[href]), el('span', {}, text)));
}

function frame() {
    const skip = byId('skip');

    skip.textContent = t('To the page');
    skip.href = '#main';
    skip.onclick = (event) => {
        event.preventDefault();
        byId('main').focus();
    };
    byId('foot').setAttribute('aria-label', t('Main'));
    replace(byId('top'), el('a', {href: '#/', class: 'home'}, 'Stoep'),
        el('a', {href: '#/emergency', class: 'danger'}, t('Danger? 112')),
        state === 'open' && el('a', {href: '#/menu', class: 'menu'}, t('Menu')));
    if (state !== 'open') {
        replace(byId('foot'));
        return;
    }
    replace(byId('foot'), el('ul', {}, link('#/', t('Today')),
        link('#/new', t('New')), link('#/due', t('To do')),
        link('#/sync', t('Hand in'))));
    mark();
}

function mark() {
    const path = location.hash.replace(/^#\/?/, '#/').split('/').slice(0, 2)
        .join('/').split('?')[0];

    for (const a of byId('foot').querySelectorAll('a')) {
        if (a.getAttribute('href') === path)
            a.setAttribute('aria-current', 'page');
        else
            a.removeAttribute('aria-current');
    }
}

// How much waits stands at the foot of every page.
async function count() {
    if (state !== 'open')
        return;
    const {waiting, reviews} = await call('standing');
    const a = byId('foot').querySelector('a[href="#/sync"]');

    a.querySelector('.count')?.remove();
    if (waiting > 0)
        a.append(el('span', {class: 'count'}, `${waiting}`,
            el('span', {class: 'unseen'}, ` ${t('not handed in')}`)));
    device.reviews = reviews;
}

// -- open, locked, gone ----------------------------------------------------------

async function settle() {
    const now = await call('state');

    state = now.state;
    document.body.dataset.state = state;
    if (state === 'open')
        await learn();
    await speak(device.settings.lang || now.lang);
    dress();
    frame();
    if (state !== 'open') {
        unlearn();
        const {enrolPage, lockedPage, wipedPage} = await import('./door-lock.js');

        show({none: enrolPage, locked: lockedPage, expired: lockedPage,
            wiped: wipedPage}[state](now, settle));
    } else if (begun) {
        again();
    } else {
        begun = true;
        begin(byId('main'), byId('status'));
    }
}

function show({title, body}) {
    replace(byId('main'), el('h1', {tabindex: '-1'}, title), body);
    document.title = `${title} - Stoep`;
    byId('main').querySelector('input, textarea, h1')?.focus();
}

function dress() {
    const {size, contrast} = device.settings;

    document.documentElement.dataset.size = size || '100';
    document.documentElement.dataset.contrast = contrast || 'normal';
}

let asking = null;

on('locked', () => {
    if (state === 'open')
        asking ??= settle().finally(() => {
            asking = null;
        });
});
on('gone', () => {
    const box = byId('gone');

    if (!box.hidden)
        return;
    replace(box, el('p', {}, t('Stoep does not answer. Start it again. What was kept is safe; what you typed just now is kept as soon as it answers.')));
    box.hidden = false;
});
on('back', () => {
    byId('gone').hidden = true;
});

window.addEventListener('shown', () => {
    mark();
    count().catch(() => {});
});
window.addEventListener('dressed', dress);
window.addEventListener('settled', () => {
    forget();
    settle();
});
window.addEventListener('beforeunload', (event) => {
    if (document.body.dataset.busy === 'yes')
        event.preventDefault();
});

// -- go ---------------------------------------------------------------------------

function notSignedIn(fault) {
    show({title: 'Stoep', body: [el('p', {}, fault.message ||
        t('Stoep does not answer. Is it still running?'))]});
}

try {
    await speak(navigator.language?.startsWith('en') ? 'en' : 'nl');
    await start();
    await settle();
} catch (fault) {
    notSignedIn(fault);
}
