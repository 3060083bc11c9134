// door-lock.js - what is shown while there is no open store.

import {button, el, fresh, note, replace} from '../common/dom.js';
import {call} from '../common/api.js';
import {t} from '../common/i18n.js';

function pinField(label, complete) {
    const id = fresh('pin');
    const input = el('input', {
        id,
        type: 'password',
        class: 'utrecht-textbox utrecht-textbox--html-input',
        autocomplete: complete,
        maxlength: 128,
    });

    return {input, node: el('div', {class: 'field'},
        el('label', {for: id, class: 'utrecht-form-label'}, label), input)};
}

// A form that says what went wrong and goes on when it went well.
function asking(fields, text, what, done) {
    const problem = el('div', {});

    return el('form', {
        class: 'stack',
        onsubmit: async (event) => {
            event.preventDefault();
            replace(problem, el('p', {role: 'status'}, t('One moment …')));
            try {
                await what();
                await done();
            } catch (fault) {
                replace(problem, note('error', el('p', {}, fault.message ||
                    t('Stoep does not answer. Is it still running?'))));
                fields[0].input.focus();
            }
        },
    }, fields.map((f) => f.node), problem,
    button(text, null, 'primary', {type: 'submit'}));
}

export function lockedPage({state}, done) {
    const pin = pinField(t('PIN'), 'current-password');
    const value = () => ({pin: pin.input.value});

    if (state === 'expired')
        return {title: t('Hand in to open'), body: [
            el('p', {}, t('This device has not met its server for too long, so it is closed. Nothing is lost. Hand in, with your PIN, and it opens again.')),
            asking([pin], t('Hand in now'), async () => {
                await call('sync', value());
                await ended();
            }, done)]};
    return {title: t('Locked'), body: [
        el('p', {}, t('Your PIN opens what is on this device.')),
        asking([pin], t('Open'), () => call('unlock', value()), done)]};
}

async function ended() {
    for (;;) {
        const {sync} = await call('state');

        if (!sync.running) {
            if (sync.fault)
                throw new Error(sync.fault.text);
            return;
        }
        await new Promise((go) => setTimeout(go, 500));
    }
}

export function enrolPage(now, done) {
    const id = fresh('link');
    const link = {input: el('textarea', {
        id, rows: 3, class: 'utrecht-textarea utrecht-textarea--html-textarea',
        autocomplete: 'off', spellcheck: 'false'})};
    const pin = pinField(t('Choose a PIN, of six characters or more'),
        'new-password');
    const same = pinField(t('The same PIN again'), 'new-password');

    link.node = el('div', {class: 'field'}, el('label',
        {for: id, class: 'utrecht-form-label'},
        t('The text of the code that your team lead gave you')), link.input);
    return {title: t('Begin'), body: [
        el('p', {}, t('This device is new here. With a code from your team lead it can begin.')),
        asking([link, pin, same], t('Begin'), async () => {
            if (pin.input.value !== same.input.value)
                throw new Error(t('The two PINs are not the same.'));
            await call('enrol', {link: link.input.value.trim(),
                pin: pin.input.value});
        }, done)]};
}

export function wipedPage() {
    return {title: t('This device is empty'), body: [
        el('p', {}, t('The organisation has withdrawn this device, and all that was on it is destroyed. With a new code from your team lead it can begin again.'))]};
}
