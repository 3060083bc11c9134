// passkey.js - the browser proves who its user is (WebAuthn).

import {post} from './call.js';
import {t} from '../common/i18n.js';

function text(buffer) {
    let s = '';

    for (const b of new Uint8Array(buffer))
        s += String.fromCharCode(b);
    return btoa(s).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function bytes(s) {
    return Uint8Array.from(atob(s.replaceAll('-', '+').replaceAll('_', '/')),
        (c) => c.charCodeAt(0));
}

export function possible() {
    return window.PublicKeyCredential !== undefined;
}

// Faults of the browser in words that help.
async function ask(what) {
    try {
        return await what();
    } catch (fault) {
        if (fault.name === 'NotAllowedError')
            throw new Error(t('Nothing was done: it was stopped, or took too long.'));
        throw fault;
    }
}

export async function make(code, name) {
    const {challenge, site} = await post('/web/challenge');
    const made = await ask(() => navigator.credentials.create({publicKey: {
        challenge: bytes(challenge),
        rp: {id: site, name: 'Stoep'},
        user: {id: crypto.getRandomValues(new Uint8Array(16)), name,
            displayName: name},
        pubKeyCredParams: [{type: 'public-key', alg: -7}],
        authenticatorSelection: {residentKey: 'required',
            userVerification: 'required'},
        attestation: 'none',
    }}));

    await post('/web/passkey', {
        code, name,
        client: text(made.response.clientDataJSON),
        data: text(made.response.getAuthenticatorData()),
    });
}

export async function use() {
    const {challenge, site} = await post('/web/challenge');
    const used = await ask(() => navigator.credentials.get({publicKey: {
        challenge: bytes(challenge), rpId: site, userVerification: 'required',
    }}));

    await post('/web/sign-in', {
        credential: text(used.rawId),
        client: text(used.response.clientDataJSON),
        data: text(used.response.authenticatorData),
        signature: text(used.response.signature),
    });
}
