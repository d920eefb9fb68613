// The filters: their form, their place in the address, the query they make, and whether a live event passes them.

import { beijing, el, now } from './common.js';
import { CLASS, CONFIDENCE, OPEN, STATUS } from './words.js';

const PERIODS = [['24', '24 小时'], ['72', '3 天'], ['168', '7 天'], ['all', '不限'], ['custom', '自定义']];
const EMPTY = { county: '', status: '', class: '', confidence: '', period: '72', from: '', to: '', open: '', q: '' };

/** Filters as the address has them, so that a reload or a shared address shows the same. */
export function fromAddress() {
  const given = new URLSearchParams(location.search);
  return Object.fromEntries(Object.entries(EMPTY).map(([name, usual]) => [name, given.get(name) ?? usual]));
}

export function toAddress(filters) {
  const kept = Object.entries(filters).filter(([name, value]) => value !== EMPTY[name]);
  const query = new URLSearchParams(kept).toString();
  history.replaceState(null, '', `${location.pathname}${query ? `?${query}` : ''}${location.hash}`);
}

/** Start and end of the period in milliseconds; the end is null where it is now. */
export function periodOf(filters) {
  if (filters.period === 'all') return { from: null, to: null };
  if (filters.period !== 'custom') return { from: now() - Number(filters.period) * 3600000, to: null };
  return { from: fromBeijing(filters.from), to: fromBeijing(filters.to) };
}

/** A datetime-local value is Beijing time here, whatever the computer's own zone is. */
function fromBeijing(text) {
  const ms = text ? Date.parse(`${text}:00+08:00`) : NaN;
  return Number.isFinite(ms) ? ms : null;
}

export function toQuery(filters, extra = {}) {
  const query = new URLSearchParams();
  for (const name of ['county', 'status', 'class', 'confidence', 'q']) if (filters[name]) query.set(name, filters[name]);
  if (filters.open) query.set('open', 'true');
  const { from, to } = periodOf(filters);
  // Whole minutes, so that the address of a poll stays the same for a while and an ETag can answer it.
  const stamp = (ms) => (ms === null ? '..' : new Date(Math.floor(ms / 60000) * 60000).toISOString().replace('.000Z', 'Z'));
  if (from !== null || to !== null) query.set('datetime', `${stamp(from)}/${stamp(to)}`);
  for (const [name, value] of Object.entries(extra)) query.set(name, value);
  return query.toString();
}

/** Whether an event that came alive belongs to the list. */
export function passes(filters, feature) {
  const event = feature.properties;
  const { from, to } = periodOf(filters);
  const seen = Date.parse(event.last_seen);
  if (event.merged_into) return false;
  if (filters.county && event.adcode !== filters.county) return false;
  if (filters.status && !filters.status.split(',').includes(event.status)) return false;
  if (filters.class && event.class !== filters.class) return false;
  if (filters.confidence && event.confidence !== filters.confidence) return false;
  if (filters.open && !OPEN.includes(event.status)) return false;
  if ((from !== null && seen < from) || (to !== null && Date.parse(event.first_seen) > to)) return false;
  if (!filters.q) return true;
  const text = [event.id, event.county, event.township, event.grid_cell, event.responsible, ...(feature.candidates || [])].join(' ');
  return text.includes(filters.q);
}

/** Fills the form; `changed` is called with the new filters. */
export function makeForm(form, filters, counties, exports, changed) {
  const set = (name, value) => { filters[name] = value; showCustom(); changed(filters); };
  const choose = (name, label, all, pairs) => {
    const options = [['', all], ...pairs].map(([value, text]) => el('option', { value, text, selected: filters[name] === value }));
    return el('label', { class: 'field' }, el('span', { class: 'visually-hidden', text: label }),
      el('select', { name, 'aria-label': label, onchange: (event) => set(name, event.target.value) }, options));
  };
  const periods = el('fieldset', { class: 'segments' }, el('legend', { class: 'visually-hidden', text: '时段' }),
    PERIODS.map(([value, text]) => el('label', {},
      el('input', { type: 'radio', name: 'period', value, checked: filters.period === value, onchange: () => set('period', value) }),
      el('span', { text }))));
  const moment = (name, label) => el('label', { class: 'field' }, el('span', { text: label }),
    el('input', { type: 'datetime-local', name, value: filters[name], onchange: (event) => set(name, event.target.value) }));
  const custom = el('div', { class: 'custom-period' }, moment('from', '自（北京时间）'), moment('to', '至'));
  const showCustom = () => {
    custom.hidden = filters.period !== 'custom';
    if (filters.period === 'custom' && !filters.from) {
      const start = beijing(now() - 7 * 86400000);
      filters.from = `${start.date}T${start.clock}`;
      custom.querySelector('[name=from]').value = filters.from;
    }
  };
  let typing = null;
  const search = el('input', {
    type: 'search', name: 'q', value: filters.q, placeholder: '搜索地名、编号', 'aria-label': '搜索地名、编号', autocomplete: 'off',
    oninput: (event) => { clearTimeout(typing); typing = setTimeout(() => set('q', event.target.value.trim()), 350); },
  });
  const open = el('label', { class: 'check' },
    el('input', { type: 'checkbox', name: 'open', checked: Boolean(filters.open), onchange: (event) => set('open', event.target.checked ? '1' : '') }), '只看未办结');
  const statuses = [...Object.entries(STATUS), ['dispatched,acknowledged,on_site', '处置中'], ['reported,reviewed', '待审核与待办结']];
  form.replaceChildren(
    el('div', { class: 'filter-line' }, periods, open),
    custom,
    el('div', { class: 'filter-grid' },
      choose('county', '县区', '县区', counties), choose('status', '状态', '状态', statuses),
      choose('class', '类别', '类别', Object.entries(CLASS)),
      choose('confidence', '置信度', '置信度', Object.entries(CONFIDENCE).map(([code, text]) => [code, `置信度 ${text}`]))),
    el('div', { class: 'search-line' }, search, exports));
  form.onsubmit = (event) => event.preventDefault();
  showCustom();
}
