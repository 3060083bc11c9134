// consent.js - what a resident is told, and what a resident agrees to.

import {button, el, fresh, go, replace} from '../common/dom.js';
import {call, form} from '../common/api.js';
import {t} from '../common/i18n.js';
import {again, say} from '../common/page.js';

let notices = null;

async function read() {
    notices ??= await (await fetch('/common/notice.json')).json();
    return notices;
}

// In the resident's language, which need not be the worker's.
export async function noticePage() {
    const {version, languages} = await read();
    const id = fresh('language'), holder = el('div', {class: 'notice'});
    const select = el('select', {
        id,
        class: 'utrecht-select utrecht-select--html-select',
        onchange: show,
    }, Object.entries(languages).map(([code, l]) => el('option',
        {value: code, lang: code, selected: code === document.documentElement.lang},
        l.name)));

    function show() {
        const l = languages[select.value];

        holder.lang = select.value;
        holder.dir = l.dir ?? 'ltr';
        replace(holder, el('h2', {}, l.title), l.text.map((p) => el('p', {}, p)));
    }
    show();
    return {title: t('Privacy notice'), body: [
        el('label', {for: id, class: 'utrecht-form-label'},
            t('Language of the resident')), select, holder,
        el('p', {class: 'muted'}, t('Version {version}', {version}))]};
}

async function record(id, area, purpose, state) {
    const {version} = await read();

    await call('save', {type: 'consent', area, fields: {subject: id,
        purpose: purpose.code, state: state.code, method: 'mondeling',
        by_whom: 'zelf', notice_version: version}});
    say(`${purpose.label}: ${state.label}`);
    again();
}

function given(consent) {
    return el('li', {class: 'card'},
        el('h3', {}, consent.purposeText),
        el('p', {}, consent.stateText),
        consent.given && button(t('Withdraw'), async () => {
            await call('withdraw', {id: consent.id});
            say(t('Withdrawn. What rested on it is gone from this device.'));
            again();
        }, 'secondary', {'aria-label': `${t('Withdraw')}: ${consent.purposeText}`}));
}

export async function consentPage({id}) {
    const [{record: about}, {consents}, {fields}] = await Promise.all([
        call('show', {id}), call('consents', {id}), form('consent')]);
    const choices = (name) => fields.find((f) => f.name === name).choices;
    const left = choices('purpose').filter((p) =>
        !consents.some((c) => c.purpose === p.code));
    const states = choices('state').filter((s) => s.code !== 'ingetrokken');

    return {title: t('Consent'), body: [
        el('p', {class: 'muted'}, `${about.label}: ${about.title}`),
        el('p', {}, go(t('Read out the privacy notice'), '#/notice')),
        consents.length > 0 && el('ul', {class: 'cards'}, consents.map(given)),
        el('h2', {}, t('Ask only what you need')),
        el('ul', {class: 'cards'}, left.map((purpose) => el('li', {class: 'card'},
            el('h3', {}, purpose.label),
            el('div', {class: 'row'}, states.map((state) => button(state.label,
                () => record(id, about.area, purpose, state), 'secondary',
                {'aria-label': `${purpose.label}: ${state.label}`})))))),
        el('p', {class: 'row'}, go(t('Back to the route'), '#/', 'primary'))]};
}
