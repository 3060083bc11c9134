// pages.js - every page; and the menu: their titles, and the calls that they
// cannot do without.

import {page} from '../common/page.js';
import {home} from './home.js';
import {t} from '../common/i18n.js';

page('', home);

export function pages() {
    return [
        {name: '', title: t('Start'), calls: ['me']},
    ];
}
