// pages.js - every page of the worker, one line each.  A module comes with the
// first of its pages; that of today comes at once.

import {page} from '../common/page.js';
import {todayPage} from './today.js';

const consent = () => import('./consent.js');
const door = () => import('./door.js');
const due = () => import('./due.js');
const making = () => import('./new.js');
const menu = () => import('./menu.js');
const read = () => import('./read.js');
const reviews = () => import('./reviews.js');
const sync = () => import('./sync.js');

function later(path, load, name) {
    page(path, async (...what) => (await load())[name](...what));
}

page('', todayPage);
later('door/:route/:address', door, 'doorPage');
later('new', making, 'newPage');
later('new/:type', making, 'newOfPage');
later('next/:id', making, 'nextPage');
later('follow/:id', making, 'followPage');
later('edit/:id', making, 'editPage');
later('show/:id', read, 'showPage');
later('list/:type', read, 'listPage');
later('search', read, 'searchPage');
later('due', due, 'duePage');
later('sync', sync, 'syncPage');
later('reviews', reviews, 'reviewsPage');
later('consent/:id', consent, 'consentPage');
later('notice', consent, 'noticePage');
later('emergency', menu, 'emergencyPage');
later('menu', menu, 'menuPage');
later('settings', menu, 'settingsPage');
