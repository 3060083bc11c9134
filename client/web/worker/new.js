// new.js - recording something, and changing what is there.

import {button, el, go, note} from '../common/dom.js';
import {call} from '../common/api.js';
import {Form} from '../common/form.js';
import {say} from '../common/page.js';
import {t, tn} from '../common/i18n.js';
import {choose, device, lastArea} from './device.js';

// In the order in which they come up at a door; others follow.
const first = ['conversation', 'signal', 'initiative', 'activity', 'idea',
    'tally', 'follow-up', 'person'];
// These have pages of their own.
const elsewhere = ['door-visit', 'consent'];

function place(type) {
    const at = first.indexOf(type);

    return at < 0 ? first.length : at;
}

export async function newPage() {
    const [{types}, {drafts}] = await Promise.all([call('types'),
        call('drafts')]);
    const offered = types.filter((k) => k.write && !elsewhere.includes(k.type))
        .sort((a, b) => place(a.type) - place(b.type));
    const line = (k) => el('li', {}, el('a', {href: `#/new/${k.type}`},
        el('strong', {}, k.label), el('span', {class: 'about'}, k.about)));

    return {title: t('What do you want to record?'), body: [
        drafts.length > 0 && el('section', {}, el('h2', {}, t('Begun before')),
            el('ul', {class: 'lines'}, drafts.map((d) => el('li', {},
                el('a', {href: d.id ? `#/edit/${d.id}` : `#/new/${d.type}`},
                    el('strong', {}, d.label), el('span', {class: 'about'},
                        tn(d.answers, 'one answer kept', '{n} answers kept'))))))),
        drafts.length > 0 && el('h2', {}, t('Something new')),
        el('ul', {class: 'lines'}, offered.filter((k) => place(k.type) < first.length)
            .map(line)),
        el('details', {class: 'more'}, el('summary', {}, t('Other things')),
            el('ul', {class: 'lines'}, offered.filter((k) =>
                place(k.type) === first.length).map(line)))]};
}

// What stands below a question to help.
function hints() {
    return {
        severity: el('p', {class: 'hint'}, t('Is somebody in danger now? Do not write it down: '),
            el('a', {href: '#/emergency', class: 'utrecht-link'}, t('call 112'))),
        informed: el('p', {class: 'hint'}, el('a', {href: '#/notice',
            class: 'utrecht-link'}, t('Read out the privacy notice'))),
    };
}

// Keeps, saves, and goes where one goes from there.
async function formPage(base, area, saved, more = () => ({})) {
    const form = await new Form(base, {areas: device.areas, area,
        hints: hints()}).open();
    const node = form.node();
    const title = form.form.label;

    async function save() {
        try {
            const done = await form.save(more());

            if (done !== null) {
                if (form.area !== device.settings.area && base.id === undefined)
                    choose({area: form.area}).catch(() => {});
                saved(done, form);
            }
        } catch (fault) {
            say(fault.message || t('Stoep does not answer. Is it still running?'));
        }
    }

    async function drop() {
        if (!window.confirm(t('Throw away what you filled in here?')))
            return;
        await form.drop();
        location.hash = '#/new';
    }
    form.foot.append(el('div', {class: 'row'},
        button(t('Save'), save, 'primary'),
        button(t('Throw away'), drop, 'secondary', {class: 'quiet'})));
    return {title, body: [
        form.begun && note('info', el('p', {},
            t('You began this before; it goes on where you were.'))),
        node], leave: () => form.leave()};
}

export function newOfPage({type}, query) {
    const visit = query.get('visit');

    return formPage({type}, query.get('area') ?? lastArea(), ({id, withheld}) => {
        location.replace(`#/next/${id}${withheld ? '?withheld=1' : ''}`);
    }, () => visit === null ? {} : {link: {id: visit, field: 'conversation'}});
}

export function editPage({id}) {
    return formPage({id}, '', () => {
        location.replace(`#/show/${id}`);
        say(t('Saved. It is handed in with the next sync.'));
    });
}

// After saving: what may follow from it.
export async function nextPage({id}, query) {
    const {record} = await call('show', {id});
    const talked = record.type === 'conversation';
    const followed = ['conversation', 'signal', 'initiative'].includes(record.type);

    return {title: t('Saved'), body: [
        el('p', {class: 'well'}, `${record.label}: ${record.title}`),
        query.get('withheld') && el('p', {}, t('What needs consent stays on this device until there is consent.')),
        el('p', {}, t('It is on this device, and is handed in with the next sync.')),
        el('h2', {}, t('And now?')),
        el('ul', {class: 'lines'},
            talked && el('li', {}, el('a', {href: `#/consent/${id}`},
                el('strong', {}, t('Ask for consent')),
                el('span', {class: 'about'}, t('To come back, to keep contact data, to share')))),
            talked && el('li', {}, el('a', {href: `#/new/signal?area=${record.area}`},
                el('strong', {}, t('A signal from this conversation')))),
            followed && el('li', {}, el('a', {href: `#/follow/${id}`},
                el('strong', {}, t('Agree on something to do')))),
            el('li', {}, el('a', {href: '#/'},
                el('strong', {}, t('Back to the route'))))),
        el('p', {class: 'row'}, go(t('Look at it again'), `#/show/${id}`))]};
}

// A follow-up about a record: a new draft that names it.
export async function followPage({id}) {
    const {record} = await call('show', {id});

    await call('draft-put', {type: 'follow-up', area: record.area, field: 'about',
        value: id});
    await call('draft-put', {type: 'follow-up', area: record.area, field: 'owner',
        value: device.user});
    return newOfPage({type: 'follow-up'}, new URLSearchParams({area: record.area}));
}
