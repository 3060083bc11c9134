// shapes.js - the record types: a proposed version, what it would change, and
// putting it in force.

import {call} from './call.js';
import {el, note, replace} from '../common/dom.js';
import {t, tn} from '../common/i18n.js';
import {confirmed} from './people.js';
import {field, textarea} from './parts.js';

function verdict(found, publish) {
    if (!found.compiles)
        return [note('error', el('p', {}, t('This is not right yet.'))),
            el('pre', {tabindex: '0'}, found.changes)];
    if (found.changes === '')
        return note('info', el('p', {}, t('Nothing changes.')));
    return [
        found.unsafe > 0
            ? note('error', el('p', {}, tn(found.unsafe, 'One change would lose data.',
                '{n} changes would lose data.')))
            : note('ok', el('p', {}, t('Nothing is lost.'))),
        el('pre', {tabindex: '0'}, found.changes),
        found.unsafe === 0 && confirmed(t('Put it in force'), t('Devices take it in with their next sync, once the server was started anew. Put it in force?'), publish),
    ];
}

export async function shapes() {
    const now = await call('bundle');
    const text = textarea({rows: '24', spellcheck: 'false', class: 'utrecht-textarea code',
        value: now.bundle});
    const room = el('div', {role: 'status'});

    const publish = async () => {
        try {
            const {version} = await call('types-publish', {bundle: text.value});

            replace(room, note('ok', el('p', {}, t('Version {version} is in force once the server is started anew.', {version: version.slice(0, 8)}))));
        } catch (e) {
            replace(room, note('error', e.message));
        }
    };

    return {title: t('Record types'), body: [
        el('p', {}, t('In force: {version}', {version: now.version.slice(0, 8)})),
        el('form', {onsubmit: async (e) => {
            e.preventDefault();
            try {
                replace(room, verdict(await call('types-check', {bundle: text.value}), publish));
            } catch (x) {
                replace(room, note('error', x.message));
            }
        }},
        field(t('Definitions'), text, t('All files, one after another; change them, or put another version in their place.')),
        el('button', {type: 'submit', class: 'utrecht-button utrecht-button--primary-action'},
            t('What would change?'))),
        room,
    ]};
}
