// The desk's work beside the map, a tab for each part of it. A tab is a module of its own, read when it is opened first:
// it exports show(root, { me, rest, signal }), where `rest` is what stands behind the tab's name in the address (#triage/ID) and `signal` is
// aborted when another tab is opened.

import { beijing, byId, el, now, say, signOut, whoAmI } from './common.js';

/** Name in the address, words, the permission it needs (of /me), its module. */
const TABS = [
  { name: 'triage', words: '研判', needs: 'triage', module: './desk-triage.js' },
  { name: 'overdue', words: '督办', needs: 'dispatch', module: './desk-overdue.js' },
  { name: 'lists', words: '上级清单', needs: 'lists', module: './desk-lists.js' },
  { name: 'intake', words: '录入', needs: 'ledger', module: './desk-intake.js' },
  { name: 'handover', words: '交接班', needs: 'ledger', module: './desk-handover.js' },
  { name: 'phone', words: '电话记录', needs: 'ledger', module: './desk-phone.js' },
  { name: 'nil', words: '零报告', needs: 'ledger', module: './desk-nil.js' },
  { name: 'patrol', words: '巡查', needs: 'patrols', module: './desk-patrol.js' },
  { name: 'figures', words: '统计', needs: 'figures', module: './desk-figures.js' },
  { name: 'reports', words: '报表', needs: 'reports', module: './desk-reports.js' },
];

const state = { me: null, tab: null, stop: null };

async function start() {
  state.me = await whoAmI();
  byId('site-name').textContent = state.me.site.name;
  byId('who').textContent = state.me.display || state.me.name;
  byId('sign-out').addEventListener('click', signOut);
  const tick = () => { byId('clock').textContent = beijing(now()).seconds; };
  tick();
  setInterval(tick, 500);
  const tabs = TABS.filter((tab) => state.me.may.includes(tab.needs));
  byId('tabs').replaceChildren(...tabs.map((tab) => el('a', { href: `#${tab.name}`, 'data-tab': tab.name, text: tab.words })));
  if (tabs.length === 0) {
    byId('tab-body').replaceChildren(el('p', { class: 'empty', text: '此帐号没有工作台的权限；请回到地图。' }));
    return;
  }
  const open = () => openTab(tabs).catch((problem) => say(problem.message, 'bad'));
  addEventListener('hashchange', open);
  await open();
}

async function openTab(tabs) {
  const [name, ...rest] = location.hash.slice(1).split('/').map(decodeURIComponent);
  const tab = tabs.find((one) => one.name === name) || tabs[0];
  document.querySelectorAll('#tabs a').forEach((link) => {
    if (link.dataset.tab === tab.name) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
  });
  state.stop?.abort();
  state.stop = new AbortController();
  const { signal } = state.stop;
  const root = el('div', { class: `tab tab-${tab.name}` });
  if (state.tab !== tab.name) byId('tab-body').replaceChildren(el('p', { class: 'quiet pad', text: '正在读取' }));
  state.tab = tab.name;
  document.title = `${tab.words} · 值班工作台`;
  const module = await import(tab.module);
  try {
    await module.show(root, { me: state.me, rest, signal });
  } catch (problem) {
    root.replaceChildren(el('p', { class: 'problem', role: 'alert', text: problem.message }));
  }
  if (!signal.aborted) byId('tab-body').replaceChildren(root);
}

start().catch((problem) => { byId('tab-body').replaceChildren(el('p', { class: 'problem', role: 'alert', text: problem.message })); });
