// Above and below the list: how many there are, the files of the same list, and what an empty list means.

import { ago, beijing, byId, el, now } from './common.js';
import { toQuery } from './map-filters.js';
import { emptySentence, spanWords } from './map-observed.js';

const STALE_MS = 120000;

export function showExports(box, filters) {
  box.replaceChildren(...['csv', 'xlsx', 'kml'].map((format) => el('a', {
    href: `/collections/events/items?${toQuery(filters, { f: format })}`, download: '', title: `按当前筛选导出 ${format.toUpperCase()}`, text: format.toUpperCase(),
  })));
}

/** The clock, and how old the data are; red when nothing was heard for two minutes. */
export function drawAge(heardAt) {
  byId('clock').textContent = beijing(now()).seconds;
  const box = byId('data-age');
  const stale = heardAt > 0 && now() - heardAt > STALE_MS;
  box.textContent = heardAt ? `更新于 ${beijing(heardAt).seconds}` : '尚未更新';
  box.classList.toggle('stale', stale);
  box.title = stale ? `${ago(new Date(heardAt).toISOString())}的数据，可能不是最新` : '';
}

/** `choose` gets the status that a count stands for. */
export function drawCounts({ features, matched, summary, filters }, choose) {
  const shown = features.size;
  byId('counts').replaceChildren(el('strong', { text: `${matched} 处` }), ...openCounts(summary?.open, filters, choose));
  const empty = byId('empty');
  empty.hidden = shown > 0;
  empty.textContent = shown > 0 ? '' : `${summary ? `${spanWords(summary.hours, summary.chosen)}：` : ''}${emptySentence(summary, filters)}`;
  const more = matched > shown;
  byId('more').hidden = !more;
  byId('more').textContent = `加载更多（已显示 ${shown} / ${matched}）`;
  byId('shown-note').hidden = !more;
  byId('shown-note').textContent = `地图上是已载入的 ${shown} / ${matched} 处`;
}

function openCounts(open, filters, choose) {
  if (!open) return [];
  const count = (text, value, status) => el('button', {
    type: 'button', class: 'count', title: '全部未办结案件，不限时段', 'aria-pressed': String(filters.status === status), onclick: () => choose(status),
  }, `${text} `, el('strong', { text: value }));
  const counts = [count('待研判', open.triage, 'triage'), count('处置中', open.dispatched + open.acknowledged + open.on_site, 'dispatched,acknowledged,on_site'), count('待审核', open.reported, 'reported')];
  if (open.overdue) counts.push(el('span', { class: 'badge late', text: `超时 ${open.overdue}` }));
  // of a drill and of what is real no number is of both
  const apart = open.simulated ? '模拟（演练）数据' : open.left_out ? `另有模拟 ${open.left_out} 处，不计入` : '';
  return apart ? [...counts, el('span', { class: 'badge todo', text: apart })] : counts;
}
