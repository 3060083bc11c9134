// types.js - the record types as this role may see them: forms, choices.

import {call} from './call.js';
import {said} from './parts.js';

let loading = null;

// Map: name of a type -> its form (schema/emit.h).
export function types() {
    loading ??= call('types').then(({types: list}) =>
        new Map(list.map((form) => [form.type, form])));
    return loading;
}

export function fieldOf(form, name) {
    return form.fields.find((f) => f.name === name);
}

// The choices of a field as options; `none` is what stands for no wish.
export function choices(form, name, none) {
    const field = fieldOf(form, name);
    const list = (field?.choices ?? []).filter((c) => !c.retired);

    return [...(none === undefined ? [] : [['', none]]),
        ...list.map((c) => [c.code, said(c.label)])];
}
