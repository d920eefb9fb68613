// The desk imports its roster of posts: a spreadsheet, taken whole or not at all, with every wrong cell named.

import { api, byId, el, say } from './common.js';

const COLUMNS = ['岗位代码', '岗位名称', '县区代码', '乡镇代码', '姓名', '电话', '班次', '副岗', '网格'];

export function offerRoster(me, button) {
  button.hidden = !me.may.includes('roster');
  button.addEventListener('click', () => openDialog());
}

function openDialog() {
  const dialog = byId('dialog');
  const file = el('input', { type: 'file', id: 'roster-file', accept: '.xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' });
  const said = el('div', { role: 'status' });
  const submit = el('button', { type: 'submit', class: 'primary', text: '导入' });
  const form = el('form', { method: 'dialog', novalidate: true },
    el('h2', { id: 'dialog-title', text: '导入岗位与排班' }),
    el('p', { class: 'quiet', text: `xlsx，第一行为列名：${COLUMNS.join('、')}；一人一行。表中各县区原有的岗位全部由此表取代。` }),
    el('label', { class: 'field' }, el('span', { text: '值班表' }), file), said,
    el('div', { class: 'dialog-actions' }, el('button', { type: 'button', text: '关闭', onclick: () => dialog.close() }), submit));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (!file.files[0]) { said.replaceChildren(el('p', { class: 'problem', text: '请选择文件' })); return; }
    submit.disabled = true;
    try {
      const done = await api('/roster', { method: 'POST', raw: file.files[0] });
      const words = `已导入 ${done.posts} 个岗位、${done.persons} 人、${done.cells} 个网格`;
      const held = (done.held || []).map((post) => el('li', { text: `${post.name}（${post.code}）：${post.cases} 起未办结，请改派` }));
      said.replaceChildren(el('p', { text: words }), held.length ? el('p', { class: 'problem', text: '以下岗位已不在表中，仍有未办结的案件：' }) : '', held.length ? el('ul', { class: 'small' }, held) : '');
      say(words);
    } catch (problem) {
      const rows = (problem.errors || []).map((one) => el('li', { text: `第 ${one.row} 行 ${one.column}：${one.found ? `“${one.found}”` : '空'}；应为 ${one.expected}` }));
      said.replaceChildren(el('p', { class: 'problem', text: problem.detail || problem.message }), rows.length ? el('ul', { class: 'small' }, rows) : '');
    } finally {
      submit.disabled = false;
    }
  });
  dialog.replaceChildren(form);
  dialog.showModal();
}
