// page.js - one page after another, by what stands after the '#'.

import {el, replace} from './dom.js';
import {t} from './i18n.js';

const pages = [];
let leave = async () => {};
let main, status, shown = 0;

// page('door/:route/:address', async (values, query) => page)
//
// A page is {title, body, leave}: `leave` is called, and waited for, before
// another is shown.
export function page(path, make) {
    pages.push({parts: path.split('/'), make});
}

function match(parts) {
    for (const {parts: wanted, make} of pages) {
        const values = {};

        if (wanted.length === parts.length && wanted.every((w, i) => {
            if (w.startsWith(':'))
                values[w.slice(1)] = decodeURIComponent(parts[i]);
            return w.startsWith(':') || w === parts[i];
        }))
            return {make, values};
    }
    return null;
}

async function show() {
    const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
    const found = match(path.split('/'));
    const turn = ++shown;

    if (found === null) {
        location.replace('#/');
        return;
    }
    if (location.hash !== said) // what was said was said of another page
        hush();
    await leave();
    leave = async () => {};
    let made;

    try {
        made = await found.make(found.values, new URLSearchParams(query));
    } catch (fault) {
        made = {title: t('This did not work'), body: [el('p', {}, fault.message ||
            t('Stoep does not answer. Is it still running?'))]};
    }
    if (turn !== shown) // somebody went on before it was there
        return;
    leave = made.leave ?? leave;
    const head = el('h1', {tabindex: '-1'}, made.title);

    replace(main, head, made.body);
    document.title = `${made.title} - Stoep`;
    window.scrollTo(0, 0);
    main.scrollTop = 0;
    if (turn > 1)
        head.focus({preventScroll: true});
    document.body.dataset.shown = location.hash;
    window.dispatchEvent(new CustomEvent('shown', {detail: path}));
}

export function begin(mainNode, statusNode) {
    main = mainNode;
    status = statusNode;
    window.addEventListener('hashchange', show);
    return show();
}

export function again() {
    return show();
}

// Said in words, for a while, at the foot of the page; `more` may hold a button.
let silence, said = null;

export function say(text, ...more) {
    clearTimeout(silence);
    replace(status, el('p', {}, text), more);
    status.hidden = false;
    said = location.hash;
    silence = setTimeout(hush, 12000);
}

export function hush() {
    status.hidden = true;
    replace(status);
}
