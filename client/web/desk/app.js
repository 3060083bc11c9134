// app.js - the pages of the desk: who is signed in, and what they may see.

import {call, post, whenSignedOut} from './call.js';
import {el, note, replace} from '../common/dom.js';
import {language, languages, speak, t} from '../common/i18n.js';
import {again, begin} from '../common/page.js';
import {pages} from './pages.js';
import {signIn} from './sign_in.js';
import {setMe} from './me.js';

const KEY = 'stoep-language';
const names = {nl: 'Nederlands', en: 'English'};
const head = document.getElementById('head');
const main = document.getElementById('main');
let me = null;
let begun = false;

function menu() {
    const now = location.hash.replace(/^#\/?/, '').split(/[/?]/)[0];

    return el('nav', {'aria-label': t('Pages')}, el('ul', {},
        pages().filter((p) => p.calls.every((c) => me.calls.includes(c))).map((p) =>
            el('li', {}, el('a', {href: `#/${p.name}`,
                'aria-current': p.name === now ? 'page' : null}, p.title)))));
}

function quiet(text, onclick, more) {
    return el('button', {type: 'button', class: 'quiet', onclick, ...more}, text);
}

async function speakAndKeep(to) {
    await speak(to);
    localStorage.setItem(KEY, to);
}

function showHead() {
    replace(head,
        el('a', {class: 'brand', href: '#/'}, 'Stoep'),
        me !== null && menu(),
        el('div', {class: 'who'},
            me !== null && el('span', {}, me.user),
            me !== null && quiet(t('Sign out'), out),
            languages.filter((l) => l !== language()).map((l) =>
                quiet(names[l], async () => {
                    await speakAndKeep(l);
                    start();
                }, {lang: l}))));
    document.querySelector('.skip').textContent = t('To the content');
}

async function out() {
    await post('/web/sign-out').catch(() => {});
    leave('/');
}

// What was shown of anybody goes with the page.
function leave(to) {
    me = null;
    location.replace(to);
    location.reload();
}

whenSignedOut(() => {
    if (me !== null)
        leave(location.href);
});

function comeIn(fault) {
    showHead();
    signIn(main, () => {
        if (!location.hash.startsWith('#/'))
            history.replaceState(null, '', '#/');
        start();
    });
    if (fault.status !== 401)
        main.append(note('error', fault.message));
}

async function start() {
    try {
        me = await call('me');
    } catch (fault) {
        comeIn(fault);
        return;
    }
    setMe(me);
    showHead();
    if (begun)
        again();
    else
        begin(main, document.getElementById('said'));
    begun = true;
}

window.addEventListener('shown', showHead);
await speakAndKeep(localStorage.getItem(KEY) ??
    (navigator.language.startsWith('en') ? 'en' : 'nl'));
start();
