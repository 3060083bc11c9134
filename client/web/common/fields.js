// fields.js - a control for each kind of field.
//
// control(field, value, change, context) gives {node, labels}: `node` to show,
// `labels` the id that a <label> may point at, or null if the node is a group
// that names itself.  change(value, now) is told what it holds: a text, or a
// list for a set; `now` is true once somebody is done with it.

import {button, el, fresh, replace} from './dom.js';
import {language, t, tn} from './i18n.js';
import {placeControl} from './place.js';
import {photoControl} from './photo.js';
import {call} from './api.js';

const TILES_MAX = 7; // more choices than that fold into a list

function input(field, value, change, more = {}) {
    const id = fresh(field.name);
    const node = el('input', {
        id,
        class: 'utrecht-textbox utrecht-textbox--html-input',
        type: 'text',
        value,
        maxlength: field.kind === 'text' && field.max ? field.max : undefined,
        autocomplete: 'off',
        oninput: () => change(node.value, false),
        onchange: () => change(node.value, true),
        ...more,
    });

    return {node, labels: id};
}

function prose(field, value, change) {
    const id = fresh(field.name), most = field.max || 4000;
    const left = el('p', {class: 'left', 'aria-hidden': 'true'});
    const node = el('textarea', {
        id,
        class: 'utrecht-textarea utrecht-textarea--html-textarea',
        rows: 3,
        maxlength: most,
        value,
        oninput: () => {
            fit();
            change(node.value, false);
        },
        onchange: () => change(node.value, true),
    });

    function fit() {
        const rest = most - node.value.length;

        node.style.blockSize = 'auto';
        if (node.scrollHeight > 0)
            node.style.blockSize = `${node.scrollHeight + 4}px`;
        left.textContent = rest < most / 5
            ? tn(rest, 'one character left', '{n} characters left') : '';
    }
    requestAnimationFrame(fit);
    return {node: el('div', {}, node, left), labels: id};
}

// A label that does not fit half a phone takes all of it.
function tile(input, label) {
    const long = label.length > 26 ||
        label.split(/\s/).some((word) => word.length > 11);

    return el('label', {class: long ? 'tile long' : 'tile'}, input,
        el('span', {}, label));
}

// One of a few: tiles to tap.  One that is chosen can be taken back.
function tiles(field, value, change, context) {
    const name = fresh(field.name);
    const inputs = field.choices.map((choice) => el('input', {
        type: 'radio',
        name,
        value: choice.code,
        checked: choice.code === value,
        class: 'utrecht-radio-button utrecht-radio-button--html-input',
        onchange: () => {
            clear.hidden = field.required;
            change(choice.code, true);
        },
    }));
    const clear = button(t('Clear answer'), () => {
        for (const one of inputs)
            one.checked = false;
        clear.hidden = true;
        inputs[0].focus();
        change('', true);
    }, 'secondary', {class: 'quiet', hidden: value === '' || field.required});

    return {
        node: el('fieldset', {class: 'tiles', 'aria-describedby': context.describedBy},
            el('legend', {}, context.legend),
            inputs.map((one, i) => tile(one, field.choices[i].label)),
            clear),
        labels: null,
    };
}

function list(field, value, change) {
    const id = fresh(field.name);
    const node = el('select', {
        id,
        class: 'utrecht-select utrecht-select--html-select',
        onchange: () => change(node.value, true),
    },
    el('option', {value: ''}, t('No answer')),
    field.choices.map((choice) =>
        el('option', {value: choice.code, selected: choice.code === value},
            choice.label)));

    return {node, labels: id};
}

// Several of a list: boxes to tick.
function boxes(field, value, change, context) {
    const chosen = new Set(value);

    return {
        node: el('fieldset', {class: 'tiles', 'aria-describedby': context.describedBy},
            el('legend', {}, context.legend),
            field.choices.map((choice) => {
                const box = el('input', {
                    type: 'checkbox',
                    checked: chosen.has(choice.code),
                    class: 'utrecht-checkbox utrecht-checkbox--html-input',
                    onchange: () => {
                        chosen[box.checked ? 'add' : 'delete'](choice.code);
                        change([...chosen], true);
                    },
                });

                return tile(box, choice.label);
            })),
        labels: null,
    };
}

function choice(field, value, change, context) {
    if (field.set)
        return boxes(field, value, change, context);
    return field.choices.length > TILES_MAX
        ? list(field, value, change) : tiles(field, value, change, context);
}

// Lines of a text box are the members of a set of texts.
function lines(field, value, change) {
    return prose({...field, max: 4000}, value.join('\n'), (text, now) =>
        change(text.split('\n').map((s) => s.trim()).filter((s) => s !== ''),
            now));
}

// Any language a person may speak, by its name in ours.
const spoken = ['nl', 'en', 'ar', 'de', 'es', 'fa', 'fr', 'ku', 'pap', 'pl',
    'pt', 'ro', 'ru', 'so', 'ti', 'tr', 'uk', 'ur', 'vi', 'zh'];

function languageList(field, value, change) {
    const names = new Intl.DisplayNames(language(), {type: 'language'});
    const codes = spoken.includes(value) || value === ''
        ? spoken : [value, ...spoken];

    return list({...field, choices: codes.map((code) =>
        ({code, label: names.of(code)}))}, value, change);
}

// A neighbourhood: those this device has to do with.
function code(field, value, change, context) {
    const known = context.areas.filter((a) => a.code !== '')
        .map((a) => ({code: a.code, label: a.name}));

    if (value !== '' && !known.some((k) => k.code === value))
        known.unshift({code: value, label: value});
    return list({...field, choices: known}, value, change);
}

// Another record: the newest of the types it may be.
function reference(field, value, change, context) {
    const chosen = new Set(field.set ? value : [value].filter((v) => v !== ''));
    const holder = el('div', {}, el('p', {}, t('Looking …')));

    async function fill() {
        const lists = await Promise.all(field.to.map((type) =>
            call('list', {type})));
        const found = lists.flatMap((l) => l.records);
        const near = found.filter((r) =>
            chosen.has(r.id) || context.area === '' || r.area === context.area)
            .slice(0, 60);
        const choices = near.map((r) => ({code: r.id, label: r.title}));
        const made = field.set
            ? boxes({...field, choices}, [...chosen], change, context)
            : list({...field, choices}, value, change);

        if (choices.length === 0) {
            replace(holder, el('p', {}, t('There is nothing to choose from yet.')));
            return;
        }
        if (made.labels !== null)
            made.node.setAttribute('aria-label', context.legend);
        replace(holder, made.node);
    }
    fill().catch(() => replace(holder, el('p', {}, t('This did not work'))));
    return {node: holder, labels: null, ownLegend: field.set};
}

// What a time of day looks like to its control, and back.
function moment(field, value, change) {
    const at = value === '' ? null : new Date(value);
    const local = at === null ? '' : new Date(at - at.getTimezoneOffset() * 60000)
        .toISOString().slice(0, 16);

    return input(field, local, (text, now) =>
        change(text === '' ? '' : `${new Date(text).toISOString().slice(0, 19)}Z`,
            now), {type: 'datetime-local', maxlength: undefined});
}

function text(field, value, change) {
    const type = {email: 'email', phone: 'tel'}[field.format] ?? 'text';

    if (field.format === 'language')
        return languageList(field, value, change);
    return field.set
        ? lines(field, value, change) : input(field, value, change, {type});
}

const kinds = {
    text,
    prose,
    choice,
    code,
    ref: reference,
    time: moment,
    point: placeControl,
    attachment: photoControl,
    int: (f, v, c) => input(f, v, c, {inputmode: 'numeric', size: 8}),
    money: (f, v, c) => input(f, v, c, {inputmode: 'decimal', size: 12}),
    date: (f, v, c) => input(f, v, c, {type: 'date'}),
    worker: text,
};

export function control(field, value, change, context) {
    const empty = field.set ? [] : '';

    return kinds[field.kind](field, value ?? empty, change, context);
}
