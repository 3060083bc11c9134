// call.js - calls of the server: a JSON object in, a JSON object out.

import {language, t} from '../common/i18n.js';

export class Fault extends Error {
    constructor(status, code, text) {
        super(text);
        this.status = status;
        this.code = code;
    }
}

let onOut = () => {};

export function whenSignedOut(listener) {
    onOut = listener;
}

export async function post(path, body = {}) {
    let answer;

    try {
        answer = await fetch(path, {
            method: 'POST',
            credentials: 'same-origin',
            headers: {'Content-Type': 'application/json',
                'Accept-Language': language()},
            body: JSON.stringify(body),
        });
    } catch {
        throw new Fault(0, 'network', t('The server cannot be reached. Look at the network and try again.'));
    }
    const out = await answer.json().catch(() => ({}));

    if (!answer.ok)
        throw new Fault(answer.status, out.code ?? '', out.detail ?? out.title ??
            t('The server answered with a fault ({status}).', {status: answer.status}));
    return out;
}

async function heard(work) {
    try {
        return await work();
    } catch (fault) {
        if (fault.status === 401)
            onOut();
        throw fault;
    }
}

export function call(name, body) {
    return heard(() => post(`/web/do/${name}`, body));
}

// What has an address of its own, as a file of this type.
export function fetched(path, type) {
    return heard(async () => {
        const answer = await fetch(path, {headers: {Accept: type,
            'Accept-Language': language()}});

        if (!answer.ok) {
            const problem = await answer.json().catch(() => ({}));

            throw new Fault(answer.status, problem.code ?? '',
                problem.detail ?? problem.title ?? '');
        }
        return answer;
    });
}
