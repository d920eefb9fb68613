// What the tabs of the ledger share: fields, tables, times of Beijing, a dialog that asks, and one that signs.

import { api, beijing, byId, el, shortTime } from './common.js';
import { placeWords } from './map-list.js';

/** A field with its words. */
export function field(words, input, { wide = false } = {}) {
  return el('label', { class: `field${wide ? ' wide' : ''}` }, el('span', { text: words }), input);
}

export function choice(name, options, value) {
  return el('select', { name }, options.map(([code, words]) => el('option', { value: code, text: words, selected: code === value })));
}

/** For an input of date and time: what the clock in Beijing shows. */
export function wall(time) {
  const at = beijing(time);
  return at ? `${at.date}T${at.clock}` : '';
}

/** The other way; null where nothing is said. */
export const ofWall = (text) => (text ? `${text.length === 16 ? `${text}:00` : text}+08:00` : null);

export function when(name, time = null) {
  return el('input', { type: 'datetime-local', name, value: time === null ? '' : wall(time) });
}

/** A table; a row may be { cells, class }. Cells are texts or nodes. */
export function table(heads, rows, { label }) {
  const cell = (content) => el('td', {}, content === null || content === undefined || content === '' ? '—' : content);
  const line = (row) => (Array.isArray(row) ? el('tr', {}, row.map(cell)) : el('tr', { class: row.class }, row.cells.map(cell)));
  return el('div', { class: 'scroll-x', tabindex: '0', role: 'region', 'aria-label': label },
    el('table', {}, el('thead', {}, el('tr', {}, heads.map((head) => el('th', { scope: 'col', text: head })))), el('tbody', {}, rows.map(line))));
}

export const badge = (tone, text) => el('span', { class: `badge ${tone}`, text });

/** Ids of events that can be chosen by where they are; the input that has them takes an id. */
export async function eventField(words, value = '') {
  const page = await api('/collections/events/items?open=true&limit=200');
  const names = el('datalist', { id: 'event-names' }, page.features.map((feature) => el('option', { value: feature.properties.id, text: `${placeWords(feature)} ${shortTime(feature.properties.first_seen)}` })));
  return [field(words, el('input', { name: 'event', value, list: 'event-names', autocomplete: 'off', placeholder: '输入地名或编号查找' })), names];
}

/** By when, and whether that is past. */
export function dueWords(due, late) {
  if (!due) return null;
  return el('span', { class: late ? 'bad-text' : null, text: `${shortTime(due)}${late ? ' 超时' : ''}` });
}

/** Does something with a button that is dead meanwhile; what goes wrong is said in `place`. */
export async function busy(button, place, work) {
  button.disabled = true;
  place.replaceChildren();
  try {
    return await work();
  } catch (problem) {
    const rows = (problem.errors || []).map((one) => el('li', { text: `第 ${one.row} 行 ${one.column}：${one.found ? `“${one.found}”` : '空'}；应为 ${one.expected}` }));
    place.replaceChildren(el('p', { class: 'problem', role: 'alert', text: problem.detail || problem.message }), rows.length ? el('ul', { class: 'small' }, rows) : '');
    return null;
  } finally {
    button.disabled = false;
  }
}

/** Asks in the page's dialog. `work` gets the form's values; the dialog closes when it is done, and gives what it gave. */
export function ask({ title, words, fields, act, tone = 'primary', work }) {
  return new Promise((resolve) => {
    const dialog = byId('dialog');
    const said = el('div', { role: 'status' });
    const submit = el('button', { type: 'submit', class: tone, text: act });
    const form = el('form', { method: 'dialog', novalidate: true }, el('h2', { id: 'dialog-title', text: title }), words ? el('p', { class: 'quiet', text: words }) : null, fields, said,
      el('div', { class: 'dialog-actions' }, el('button', { type: 'button', text: '取消', onclick: () => dialog.close() }), submit));
    let done = null;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      done = await busy(submit, said, () => work(Object.fromEntries(new FormData(form))));
      if (done) dialog.close();
    });
    dialog.addEventListener('close', () => resolve(done), { once: true });
    dialog.replaceChildren(form);
    dialog.showModal();
  });
}

/** Asks for a signature: the password once more, and the changing code where the account has one. */
export function askSignature({ title, words, act, tone, remark, needsCode, work }) {
  const fields = [
    field(remark, el('textarea', { name: 'remark', rows: 3 })),
    field('本人登录密码', el('input', { type: 'password', name: 'password', autocomplete: 'current-password', required: true })),
    needsCode ? field('动态码', el('input', { name: 'code', inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: 6 })) : null,
  ];
  return ask({ title, words, fields, act, tone, work: ({ remark: said, password, code }) => work({ remark: said || '', password, code: code || '' }) });
}
