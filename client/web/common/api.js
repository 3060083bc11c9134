// api.js - calls of the local API (client/face.h).
//
// A call is a name and an object, and so is its answer.  This module alone
// knows that HTTP carries them; in a phone's browser a worker with the core in
// it will.

import {language} from './i18n.js';

export class Fault extends Error {
    constructor(answer) {
        super(answer.text);
        this.code = answer.code;
        this.answer = answer;
    }
}

const KEY = 'stoep-page';
let page = sessionStorage.getItem(KEY) ?? '';

async function post(name, body) {
    let answer;

    try {
        answer = await fetch(`/api/${name}`, {
            method: 'POST',
            headers: {'Content-Type': 'application/json', 'Stoep-Page': page},
            body: JSON.stringify({...body, lang: language()}),
        });
    } catch {
        throw new Fault({code: 'gone', text: ''});
    }
    const out = await answer.json();

    if (!answer.ok)
        throw new Fault(out);
    return out;
}

// The word in the address counts once, against what every call needs.
export async function start() {
    const once = location.hash.match(/^#([\w-]{43})$/)?.[1];

    if (once === undefined)
        return;
    history.replaceState(null, '', '/');
    const answer = await post('start', {once});

    page = answer.page;
    sessionStorage.setItem(KEY, page);
}

const listeners = {locked: () => {}, gone: () => {}, back: () => {}};

// Who is told when the store is locked, and when nobody answers any more.
export function on(event, listener) {
    listeners[event] = listener;
}

export async function call(name, body = {}) {
    try {
        const out = await post(name, body);

        listeners.back();
        return out;
    } catch (fault) {
        if (fault.code === 'locked' || fault.code === 'auth')
            listeners.locked(fault);
        if (fault.code === 'gone')
            listeners.gone();
        throw fault;
    }
}

// Forms do not change while a page is open, but for another language.
const forms = new Map();

export async function form(type) {
    const key = `${type} ${language()}`;

    if (!forms.has(key))
        forms.set(key, await call('form', {type}));
    return forms.get(key);
}

export function forget() {
    forms.clear();
}
