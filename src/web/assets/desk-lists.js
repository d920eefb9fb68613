// 上级清单: lists of the province or the ministry, by when each is to be answered, each row with what it is to us, and the files that go back.

import { api, el, fullTime, lasting, now, number, say, shortTime } from './common.js';
import { ask, field } from './desk-parts.js';

const STATES = { known: '已掌握', unseen: '未监测到', repeat: '疑似重复', outside: '不在辖区', unreadable: '无法判读' };
const TONES = { known: 'check', unseen: 'todo', repeat: 'halt', outside: 'done', unreadable: 'late' };
const FILES = { 'reply.xlsx': '反馈表（原版式）', 'reply.csv': '反馈表（原版式）', 'reduction.xlsx': '核减申请与汇总', 'reduction.zip': '核减材料包（含照片）' };

export async function show(root, { rest, signal }) {
  if (rest[0]) await showOne(root, rest[0], rest[1] || null);
  else await showAll(root, signal);
}

async function showAll(root) {
  const told = await api('/lists');
  root.append(form(told.templates), el('section', { class: 'card', id: 'lists-all' }, el('h2', { text: '收到的清单' }), table(told.lists)));
}

function table(lists) {
  if (lists.length === 0) return el('p', { class: 'quiet', text: '尚未收到清单' });
  const heads = ['清单', '来自', '收到', '答复期限', '状态', ...Object.values(STATES)];
  return el('div', { class: 'scroll-x' }, el('table', {},
    el('thead', {}, el('tr', {}, heads.map((text) => el('th', { scope: 'col', text })))),
    el('tbody', {}, lists.map((list) => el('tr', { class: list.withdrawn ? 'struck' : null }, el('td', {}, el('a', { href: `#lists/${list.sha256}`, text: list.name })), el('td', { text: list.source || '—' }),
      el('td', { text: shortTime(list.received) }), el('td', {}, deadline(list)), el('td', {}, state(list)),
      Object.keys(STATES).map((code) => el('td', { class: 'number', text: String(list.counts?.[code] || 0) })))))));
}

function deadline(list) {
  if (!list.deadline) return '—';
  if (list.answered || list.withdrawn) return shortTime(list.deadline);
  const left = Date.parse(list.deadline) - now();
  return [el('span', { text: `${shortTime(list.deadline)} ` }), el('span', { class: `badge ${left < 0 ? 'late' : 'todo'}`, text: left < 0 ? `超时 ${lasting(-left)}` : `余 ${lasting(left)}` })];
}

const STANDS = [
  [(list) => list.withdrawn, 'halt', (list) => `已撤销 ${shortTime(list.withdrawn.at)}`],
  [(list) => list.answered, 'done', (list) => `已答复 ${shortTime(list.answered)}`],
  [(list) => list.late, 'late', () => '待答复'],
  [() => true, 'work', () => '待答复'],
];

function state(list) {
  const [, tone, words] = STANDS.find(([is]) => is(list));
  return el('span', { class: `badge ${tone}`, text: words(list) });
}

function form(templates) {
  const file = el('input', { type: 'file', id: 'list-file', accept: '.xlsx,.csv' });
  const template = el('select', { id: 'list-template' }, el('option', { value: '', text: '自动识别列名' }), templates.map((name) => el('option', { value: name, text: name })));
  const due = el('input', { type: 'datetime-local', id: 'list-deadline' });
  const trouble = el('p', { class: 'problem', role: 'alert', hidden: true });
  const submit = el('button', { type: 'submit', class: 'primary', text: '导入并核对' });
  const node = el('form', { class: 'form-grid', novalidate: true },
    el('label', { class: 'field' }, el('span', { text: '清单文件（xlsx 或 csv）' }), file), el('label', { class: 'field' }, el('span', { text: '版式模板' }), template),
    el('label', { class: 'field' }, el('span', { text: '答复期限（北京时间，可不填）' }), due), el('div', { class: 'wide row-actions' }, submit), el('div', { class: 'wide' }, trouble));
  node.addEventListener('submit', async (event) => {
    event.preventDefault();
    trouble.hidden = true;
    if (!file.files[0]) { trouble.textContent = '请选择文件'; trouble.hidden = false; return; }
    submit.disabled = true;
    try {
      const asked = new URLSearchParams({ name: file.files[0].name, template: template.value });
      if (due.value) asked.set('deadline', `${due.value}:00+08:00`);
      const done = await taken(asked, file.files[0]);
      if (!done) return;
      say(done.said.split('\n')[0]);
      location.hash = `#lists/${done.list.sha256}`;
    } catch (problem) {
      trouble.textContent = problem.message;
      trouble.hidden = false;
    } finally {
      submit.disabled = false;
    }
  });
  return el('section', { class: 'card', id: 'lists-new' }, el('h2', { text: '导入上级火点清单' }), node);
}

const CONFIRMED = { deadline: ['改动答复期限', '确认改期'], template: ['按另一版式模板重新核对', '确认重新核对'], again: ['重新收取已撤销的清单', '确认重新收取'] };

/** Takes a list; of one that is known the desk is asked before anything of it changes. Null where it would not. */
async function taken(asked, bytes) {
  const send = () => api(`/lists?${asked}`, { method: 'POST', raw: bytes });
  try {
    return await send();
  } catch (problem) {
    if (!CONFIRMED[problem.confirm]) throw problem;
    const [title, act] = CONFIRMED[problem.confirm];
    asked.set('confirm', problem.confirm);
    return ask({ title, words: problem.detail, fields: [], act, work: send });
  }
}

async function showOne(root, hash, only) {
  const { list, account, files } = await api(`/lists/${encodeURIComponent(hash)}`);
  const again = () => act(`/lists/${encodeURIComponent(hash)}/again`, '已按最新数据重新核对');
  const answered = () => act(`/lists/${encodeURIComponent(hash)}/answered`, '已标记为已答复');
  const waits = !list.withdrawn;
  root.append(
    el('section', { class: 'card', id: 'list-one' }, el('p', {}, el('a', { href: '#lists', text: '← 全部清单' })), el('h2', { text: list.name }),
      el('p', { class: 'row-actions' }, state(list), el('span', { class: 'quiet', text: `收到 ${fullTime(list.received)}；期限 ` }), ...[deadline(list)].flat(), el('span', { class: 'quiet', text: `；核对于 ${fullTime(list.compared)}；收取人 ${list.taken_by || '未记录'}` })),
      list.withdrawn ? el('p', { class: 'problem', id: 'list-withdrawn', text: `此清单于 ${fullTime(list.withdrawn.at)} 由 ${list.withdrawn.who} 撤销：${list.withdrawn.said}` }) : null,
      el('p', { class: 'row-actions counts-chips' }, Object.entries(STATES).map(([code, words]) => el('a', { class: 'button small-button', href: only === code ? `#lists/${hash}` : `#lists/${hash}/${code}`, 'aria-current': only === code ? 'true' : null, text: `${words} ${list.counts?.[code] || 0}` })),
        el('span', { text: `我方独有 ${account.only_ours.length} 处 · 可申请核减 ${account.reducible.length} 行` })),
      el('p', { class: 'row-actions' }, files.map((name) => el('a', { class: 'button', href: `/lists/${hash}/${name}`, download: true, text: FILES[name] || name })),
        waits ? el('button', { type: 'button', text: '重新核对', onclick: again }) : null,
        el('button', { type: 'button', text: '存为版式模板', onclick: () => keepTemplate(hash) }),
        waits ? el('button', { type: 'button', class: 'danger', id: 'list-withdraw', text: '撤销', onclick: () => withdraw(hash) }) : null, list.answered || !waits ? null : el('button', { type: 'button', class: 'primary', id: 'list-answered', text: '标记为已答复', onclick: answered })),
      account.notes.length ? el('ul', { class: 'plain-list' }, account.notes.map((text) => el('li', { text }))) : null),
    el('section', { class: 'card', id: 'list-rows' }, el('h2', { text: only ? STATES[only] || '各行' : '各行' }), rows(account.rows.filter((row) => !only || row.state === only))),
    only ? '' : oursAlone(account.only_ours));
}

async function act(path, words) {
  try {
    await api(path, { method: 'POST' });
    say(words);
    dispatchEvent(new HashChangeEvent('hashchange'));
  } catch (problem) {
    say(problem.message, 'bad');
  }
}

/** Nothing of it is waited for any more; it stays in the list, struck out. */
async function withdraw(hash) {
  const said = el('textarea', { name: 'said', rows: '3', maxlength: '500', required: true });
  const work = ({ said: reason }) => api(`/lists/${encodeURIComponent(hash)}/withdraw`, { method: 'POST', body: { said: reason } });
  const words = '撤销后不再提醒、不再计超时；清单仍保留，标为已撤销。';
  if (await ask({ title: '撤销这份清单', words, fields: [field('原因', said, { wide: true })], act: '撤销', tone: 'danger', work })) {
    say('清单已撤销');
    dispatchEvent(new HashChangeEvent('hashchange'));
  }
}

/** The next list of the same authority is read in the same way, with the same time to answer. */
function keepTemplate(hash) {
  const dialog = document.getElementById('dialog');
  const name = el('input', { type: 'text', id: 'template-name', maxlength: '40' });
  const hours = el('input', { type: 'number', id: 'template-hours', min: '0', max: '8784', step: '0.5' });
  const trouble = el('p', { class: 'problem', role: 'alert', hidden: true });
  const form = el('form', { method: 'dialog', novalidate: true }, el('h2', { id: 'dialog-title', text: '存为版式模板' }),
    el('p', { class: 'quiet', text: '记下这份清单的列名与写法，下次同一单位的清单直接选用。' }),
    el('label', { class: 'field' }, el('span', { text: '模板名称' }), name), el('label', { class: 'field short' }, el('span', { text: '答复时限（小时，可不填）' }), hours), trouble,
    el('div', { class: 'dialog-actions' }, el('button', { type: 'button', text: '取消', onclick: () => dialog.close() }), el('button', { type: 'submit', class: 'primary', text: '保存' })));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await api(`/lists/${encodeURIComponent(hash)}/template`, { method: 'POST', body: { name: name.value.trim(), reply_hours: hours.value === '' ? null : Number(hours.value) } });
      dialog.close();
      say('模板已保存');
    } catch (problem) {
      trouble.textContent = problem.message;
      trouble.hidden = false;
    }
  });
  dialog.replaceChildren(form);
  dialog.showModal();
}

function rows(list) {
  if (list.length === 0) return el('p', { class: 'quiet', text: '没有这样的行' });
  return el('div', { class: 'scroll-x' }, el('table', {},
    el('thead', {}, el('tr', {}, ['行', '编号', '时间', '卫星', '经度', '纬度', '核查结果', '我方事件', '说明'].map((text) => el('th', { scope: 'col', text })))),
    el('tbody', {}, list.map((row) => el('tr', { 'data-state': row.state }, el('td', { text: [row.sheet, row.row].filter(Boolean).join(' ') }), el('td', { text: row.id || '' }), el('td', { text: row.from ? shortTime(row.from) : '—' }),
      el('td', { text: row.satellite || '—' }), el('td', { class: 'number', text: number(row.longitude, 4) }), el('td', { class: 'number', text: number(row.latitude, 4) }),
      el('td', {}, el('span', { class: `badge ${TONES[row.state]}`, text: row.result })),
      el('td', {}, row.event ? el('a', { class: 'mono', href: `/#event=${encodeURIComponent(row.event.id)}`, text: row.event.id.slice(0, 8) }) : '—'), el('td', { text: row.said }))))));
}

function oursAlone(ids) {
  if (ids.length === 0) return '';
  return el('section', { class: 'card', id: 'list-ours' }, el('h2', { text: `我方发现而清单没有的 ${ids.length} 处` }),
    el('ul', { class: 'plain-list' }, ids.map((id) => el('li', {}, el('a', { class: 'mono', href: `/#event=${encodeURIComponent(id)}`, text: id })))));
}
