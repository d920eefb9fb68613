// What a person may do with an event now: buttons, one dialog for all of them, no double submits.

import { Problem, api, byId, copyText, el, say, uuid } from './common.js';
import { qrPicture } from './qr.js';
import { CAUSE, FINDING } from './words.js';
import { postPicker } from './map-posts.js';

const WORKING = ['dispatched', 'acknowledged', 'on_site'];
const note = (required, label = '备注') => ({ kind: 'text', name: 'note', label, required });
const choice = (name, label, options, usual) => ({ kind: 'choice', name, label, options, usual });
const pick = (name, label, table) => ({ kind: 'select', name, label, options: Object.entries(table) });
const hours = { kind: 'hours', name: 'hours', label: '链接有效小时数' };

const NOT_STRAW = Object.fromEntries(Object.entries(CAUSE).filter(([code]) => code !== 'straw'));

/** Each action: the permission it needs, in which states it is possible, and what it asks. `main` marks the usual next step. */
const ACTIONS = [
  { name: 'triage', button: '研判', main: (f) => !f.case?.triaged_at, states: ['triage'], when: (f) => !f.case?.triaged_at, title: '研判',
    text: '属实线索进入派单；排除的不再处置，可重开。', fields: [choice('outcome', '研判意见', [['confirm', '属实线索'], ['exclude', '排除']], 'confirm'),
      { ...pick('cause', '排除原因', NOT_STRAW), onlyWhen: ['outcome', 'exclude'], required: true }, note(false)] },
  // who saw the confirmation may overrule it; who did not is told of it
  { name: 'triage', mark: 'exclude', button: '改为排除', states: ['triage'], when: (f) => Boolean(f.case?.triaged_at), title: '排除', text: '已研判为属实线索；排除后不再处置，可重开。',
    fields: [{ ...pick('cause', '排除原因', NOT_STRAW), required: true }, note(false)], fixed: { outcome: 'exclude', confirmed: true }, tone: 'danger' },
  { name: 'dispatch', button: '派单', main: (f) => Boolean(f.case?.triaged_at) || f.properties.status === 'returned', states: ['triage', 'returned'],
    when: (f) => f.properties.status === 'returned' || Boolean(f.case?.triaged_at), title: '派单',
    text: '派给当班岗位，生成一条只用于本任务的链接。', fields: [{ kind: 'post', name: 'post', label: '岗位', required: true }, note(false, '给网格员的话'), hours] },
  { name: 'dispatch', button: '改派', states: WORKING, title: '改派', text: '改派给别的岗位；原链接失效，原岗位记为原责任岗位。',
    fields: [{ kind: 'post', name: 'post', label: '岗位', required: true }, note(false, '给网格员的话'), hours],
    fixed: (feature) => ({ from: feature.case?.post?.code || '' }) },
  { name: 'acknowledge', button: '代签收', states: ['dispatched'], title: '代签收', text: '岗位已用电话等方式确认接到任务。', fields: [] },
  { name: 'arrive', button: '代记到场', states: ['acknowledged'], title: '代记到场', text: '岗位已用电话等方式报告到场。', fields: [] },
  { name: 'report', button: '代填反馈', states: ['on_site'], title: '代填反馈', text: '按网格员的口头报告填写。核查结果与原因分开填。',
    fields: [choice('finding', '现场核查结果', Object.entries(FINDING)), pick('cause', '原因', CAUSE), note(true)], fixed: { photos: [] } },
  { name: 'review', button: '审核', main: () => true, states: ['reported'], title: '审核反馈', text: '反馈与审核不能是同一人。驳回后退给岗位重新核查。',
    fields: [choice('approve', '审核意见', [['true', '通过'], ['false', '驳回']], 'true'), { ...note(false), needed: ['approve', 'false'] }] },
  { name: 'close', button: '办结', main: () => true, states: ['reviewed'], title: '办结', text: '办结后任务链接失效。', fields: [note(false)] },
  { name: 'link', button: '重发链接', states: WORKING, title: '重发链接', text: '生成新链接，旧链接全部失效。', fields: [hours] },
  { name: 'return', button: '退回', states: WORKING, title: '退回改派', text: '退回后需要重新派单。',
    fields: [choice('reason', '退回原因', [['not_our_area', '不在本辖区'], ['other', '其他']], 'not_our_area'), { ...note(false), needed: ['reason', 'other'] }], tone: 'danger' },
  { name: 'suspend', button: '挂起', states: ['triage', 'dispatched', 'acknowledged', 'on_site', 'reported', 'returned'], title: '挂起',
    text: '暂停计时；请写明为什么。', fields: [note(true, '原因')], tone: 'danger' },
  { name: 'reopen', button: '重开', main: () => true, states: ['closed', 'excluded', 'suspended'], title: '重开', text: '重新进入处置。', fields: [note(true, '原因')] },
];

/** The buttons for an event; `done` gets the answer {event, link}. */
export function actionButtons(feature, me, done, hints = []) {
  const possible = ACTIONS.filter((action) => me.may.includes(action.name) && action.states.includes(feature.properties.status) && (!action.when || action.when(feature)));
  return possible.map((action) => el('button', {
    type: 'button', class: action.main?.(feature) ? 'primary' : null, 'data-action': action.mark || action.name, text: action.button,
    onclick: () => openDialog(action, feature, done, action.name === 'review' ? hints : []),
  }));
}

export function revokeLink(task, done) {
  openDialog({ name: 'revoke', title: '撤销链接', button: '撤销', text: `${task.post_name} 的链接将立即失效，手机上不能再填写。`, fields: [], tone: 'danger',
    path: `/tasks/${encodeURIComponent(task.id)}/revoke` }, null, done);
}

function openDialog(action, feature, done, hints = []) {
  const dialog = byId('dialog');
  const fields = action.fields.map((field) => makeField(field, feature));
  const trouble = el('p', { class: 'problem', role: 'alert', hidden: true });
  const submit = el('button', { type: 'submit', class: action.tone === 'danger' ? 'danger' : 'primary', text: `确认${action.title}` });
  const cancel = el('button', { type: 'button', text: '取消', onclick: () => dialog.close() });
  const form = el('form', { method: 'dialog', novalidate: true },
    el('h2', { id: 'dialog-title', text: action.title }), el('p', { class: 'quiet', text: action.text }),
    hints.length ? el('ul', { class: 'plain-list photo-hints' }, hints.map((text) => el('li', {}, el('span', { class: 'badge late', text: '提示' }), ` ${text}`))) : null,
    fields.map((field) => field.node), trouble, el('div', { class: 'dialog-actions' }, cancel, submit));
  const refresh = () => fields.forEach(({ field, node }) => {
    if (field.onlyWhen) node.hidden = form.elements[field.onlyWhen[0]].value !== field.onlyWhen[1];
  });
  form.addEventListener('change', refresh);
  const attempt = { key: null, body: null };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    const isNeeded = (field) => field.required || (field.needed && form.elements[field.needed[0]].value === field.needed[1]);
    const missing = fields.find(({ field, node, read }) => isNeeded(field) && !node.hidden && !read());
    if (missing) { showTrouble(trouble, new Problem(422, `请填写“${missing.field.label}”`, '')); missing.node.querySelector('input, select, textarea')?.focus(); return; }
    submit.disabled = true;
    trouble.hidden = true;
    try {
      const answer = await send(action, feature, fields, attempt);
      dialog.close();
      say(`${action.title}已完成`);
      done(answer);
      if (answer?.link) showLink(answer.link);
    } catch (problem) {
      showTrouble(trouble, problem);
      if (problem.status === 409) done(null);
    } finally {
      submit.disabled = false;
    }
  });
  dialog.replaceChildren(form);
  refresh();
  dialog.showModal();
}

/** The same key for the same content: pressing again after a lost answer must not act twice. */
function send(action, feature, fields, attempt) {
  const body = { ...(typeof action.fixed === 'function' ? action.fixed(feature) : action.fixed) };
  for (const { field, node, read } of fields) if (!node.hidden) body[field.name] = read();
  if (action.name === 'review') body.approve = body.approve === 'true';
  if ('cause' in body) body.cause = body.cause || null;
  if ('hours' in body && body.hours === null) delete body.hours;
  const text = JSON.stringify(body);
  if (attempt.body !== text) Object.assign(attempt, { body: text, key: uuid() });
  const path = action.path || `/events/${encodeURIComponent(feature.properties.id)}/${action.name}`;
  // of two desks that press at once the second one is told
  const seen = feature?.properties.status;
  return api(path, { method: 'POST', body, key: attempt.key, seen });
}

function showTrouble(box, problem) {
  box.replaceChildren(el('strong', { text: problem.title || '出错' }), problem.detail ? ` ${problem.detail}` : '');
  box.hidden = false;
}

function makeField(field, feature) {
  if (field.kind === 'post') return { field, ...postPicker(feature) };
  if (field.kind === 'choice') {
    const node = el('fieldset', { class: 'field' }, el('legend', { text: field.label }), el('div', { class: 'choices' },
      field.options.map(([value, text]) => el('label', { class: 'check' }, el('input', { type: 'radio', name: field.name, value, checked: value === field.usual }), text))));
    return { field: { ...field, required: true }, node, read: () => node.querySelector('input:checked')?.value || '' };
  }
  const label = el('span', { text: field.required ? `${field.label}（必填）` : field.label });
  if (field.kind === 'select') {
    const input = el('select', { name: field.name }, el('option', { value: '', text: '请选择' }), field.options.map(([value, text]) => el('option', { value, text })));
    return { field, node: el('label', { class: 'field' }, label, input), read: () => input.value };
  }
  if (field.kind === 'hours') {
    const input = el('input', { type: 'number', name: field.name, min: 1, max: 168, step: 1, value: 24 });
    return { field, node: el('label', { class: 'field short' }, label, input), read: () => Number(input.value) || null };
  }
  const input = el('textarea', { name: field.name, maxlength: 500, rows: 3 });
  return { field, node: el('label', { class: 'field' }, label, input), read: () => input.value.trim() };
}

/** The link is shown once; the server keeps only its hash. */
export function showLink(link) {
  const dialog = byId('dialog');
  const field = el('input', { type: 'text', readonly: true, value: link, class: 'link-field mono', id: 'task-link', 'aria-label': '任务链接' });
  const copied = el('span', { class: 'quiet', role: 'status' });
  const copy = el('button', { type: 'button', class: 'primary', text: '复制链接', onclick: async () => { copied.textContent = (await copyText(link, field)) ? '已复制' : '请手动复制'; } });
  dialog.replaceChildren(el('div', { class: 'body' },
    el('h2', { id: 'dialog-title', text: '任务链接' }),
    el('p', { text: '发给当班的网格员。第一部打开它的手机即绑定，其他手机打不开。' }),
    qrPicture(link), field, copied,
    el('div', { class: 'dialog-actions' }, el('button', { type: 'button', text: '关闭', onclick: () => dialog.close() }), copy)));
  if (!dialog.open) dialog.showModal();
  copy.focus();
}
