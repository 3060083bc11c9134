// sign_in.js - the first page: come in with a passkey, or make one with a code.

import {button, el, note, replace} from '../common/dom.js';
import {t} from '../common/i18n.js';
import {field, textbox} from './parts.js';
import {make, possible, use} from './passkey.js';

// "https://stoep.example/#4KQ7M-...": the code leaves the browser only in the
// call that uses it up.
function codeInAddress() {
    const code = location.hash.slice(1);

    return /^[0-9A-Za-z-]{40,64}$/.test(code) ? code : '';
}

export function signIn(main, done) {
    const fault = el('div', {});
    const attempt = (work) => async (event) => {
        event.preventDefault();
        replace(fault);
        try {
            await work();
        } catch (e) {
            replace(fault, note('error', e.message));
            return;
        }
        done();
    };
    const given = codeInAddress();
    const code = textbox({required: true, spellcheck: 'false', autocapitalize: 'characters', value: given});
    const name = textbox({maxlength: '40', required: true});
    const first = el('details', {class: 'more', open: given !== ''},
        el('summary', {}, t('First time here? Use your code')),
        el('p', {}, t('Your administrator gave you a code. It makes a passkey on this computer or phone; after that you come in with your finger, your face or a PIN.')),
        el('form', {onsubmit: attempt(() =>
            make(code.value.trim(), name.value.trim()))},
        field(t('Code'), code),
        field(t('Name for this computer or phone'), name,
            t('So that you recognise it in the list, for example: laptop at the office.')),
        el('button', {type: 'submit', class: 'utrecht-button utrecht-button--primary-action'},
            t('Make a passkey'))));

    replace(main,
        el('h1', {tabindex: '-1'}, t('Sign in')),
        el('p', {}, t('For team leads, analysts, privacy officers and administrators. At the door you work with the app.')),
        fault,
        possible()
            ? [el('p', {}, button(t('Sign in with a passkey'), attempt(use), 'primary')), first]
            : note('error', t('This browser knows no passkeys. Use a newer one.')));
    document.title = `${t('Sign in')} - Stoep`;
}
