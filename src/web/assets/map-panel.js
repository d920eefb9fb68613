// All that is known of the chosen event, the next step first.

import { ago, el, fullTime, lasting, now, number, safeUrl, shortTime } from './common.js';
import { actionButtons, revokeLink } from './map-actions.js';
import { cameraParts, imageryParts, toldParts } from './map-cameras.js';
import { powerChart } from './map-chart.js';
import { dueWords, placeWords, simulatedBadge, statusBadge } from './map-list.js';
import { ACTION, CAUSE, CLASS, CONFIDENCE, CONFIRMATION, FINDING, LINK_OVER, NOTICE_KIND, ORIGIN, PHOTO_KIND, SINK_STATE, STATUS, VERDICT, word } from './words.js';

/** Fills the panel; `detail` is null while it is being read. */
export function showPanel(panel, feature, detail, { me, onClose, onDone, onZoom }) {
  const scroll = panel.dataset.id === feature.properties.id ? panel.scrollTop : 0;
  panel.dataset.id = feature.properties.id;
  const focused = panel.contains(document.activeElement) ? document.activeElement.dataset?.action : null;
  panel.replaceChildren(...[
    heading(feature, detail, onClose),
    el('div', { class: 'actions', role: 'group', 'aria-label': '操作' }, actionButtons(feature, me, onDone, detail?.photo_hints), evidenceLinks(feature, me)),
    caseLine(feature),
    facts(feature, detail, me, onZoom),
    reasons(feature),
    curve(feature, detail),
    ...(detail ? details(feature, detail, me, onDone).filter(Boolean) : [el('p', { class: 'quiet pad', text: '正在读取详情' })]),
  ].filter(Boolean));
  panel.scrollTop = scroll;
  if (focused) panel.querySelector(`[data-action="${focused}"]`)?.focus();
}

function heading(feature, detail, onClose) {
  const event = feature.properties;
  return el('header', { class: 'panel-head' },
    el('div', {},
      el('h2', { id: 'panel-title', tabindex: '-1', text: placeWords(feature) }),
      el('p', { class: 'panel-badges' }, statusBadge(feature), lateBadge(feature), simulatedBadge(feature), ...firstBadges(detail),
        el('span', { class: 'mono quiet', text: event.id }))),
    el('button', { type: 'button', class: 'plain icon', 'aria-label': '关闭（Esc）', title: '关闭（Esc）', text: '×', onclick: onClose }));
}

/** 第一把火: a lead until somebody says that it is straw. */
function firstBadges(detail) {
  const said = detail?.event?.properties?.verification?.cause === 'straw' ? '第一把火' : '首个疑似火点';
  return (detail?.first_of_season || []).map((first) => el('span', { class: 'badge late', title: `${first.year} 年 ${first.season}`, text: `${first.adcode ? '本县区' : '全市'}本季${said}` }));
}

/** Who saw it first, and how long before the satellites. */
function foundWords(event, found) {
  if (!found || found.by === 'satellite') return event.first_discoverer;
  const ahead = found.satellite === null ? '卫星尚未监测到' : found.before_satellite ? `早于卫星 ${lasting(found.ahead_min * 60000)}` : null;
  return [event.first_discoverer, ahead].filter(Boolean).join(' · ');
}

function lateBadge(feature) {
  const due = dueWords(feature);
  return due ? el('span', { class: due.late ? 'badge late' : 'badge done', text: due.text }) : null;
}

/** 证据包: all of it for the file, and the copy that may be published once a person has looked at it. */
function evidenceLinks(feature, me) {
  if (!me.may.includes('evidence')) return [];
  const path = `/events/${encodeURIComponent(feature.properties.id)}/evidence.zip`;
  const link = (href, text, title) => el('a', { class: 'button', href, download: '', text, title, 'data-evidence': text });
  return [link(path, '证据包', '案件报告、原图、摄像机、卫星示意图、时间线、审计摘录；含个人信息，不得发布'),
    link(`${path}?masked=1`, '脱敏副本', '隐去人名、电话、精确位置；发布前须由人逐张核看人脸、车牌')];
}

function caseLine(feature) {
  const work = feature.case || {};
  const parts = [
    work.post ? `责任岗位 ${work.post.name}` : null,
    work.before?.length ? `原责任岗位 ${work.before.map((post) => post.name).join('、')}` : null,
    work.awaits && work.due_at ? `待${word(ACTION, work.awaits)}` : null,
    work.dispatched_at ? `派单 ${shortTime(work.dispatched_at)}（已 ${lasting(now() - Date.parse(work.dispatched_at))}）` : null,
    work.due_at ? `时限 ${shortTime(work.due_at)}` : null,
  ].filter(Boolean);
  return parts.length ? el('p', { class: 'case-line', text: parts.join(' · ') }) : null;
}

const row = (name, value) => (value === null || value === undefined || value === '' ? null : [el('dt', { text: name }), el('dd', {}, value)]);

function facts(feature, detail, me, onZoom) {
  const event = feature.properties;
  const [lon, lat] = feature.geometry?.coordinates || [null, null];
  const power = event.max_frp_mw === null ? null : `最大 ${number(event.max_frp_mw)} MW${event.fre_mj === null || event.fre_mj === undefined ? '' : ` · 累计 ${number(event.fre_mj / 1000, 2)} GJ`}`;
  const map = safeUrl(event.maps_link);
  const hints = (feature.candidates || []).filter((text) => text !== event.township);
  return el('dl', { class: 'facts' },
    row('经纬度', [el('span', { text: lat === null ? '—' : `${lat.toFixed(5)}, ${lon.toFixed(5)}` }), el('span', { class: 'after' }, lat === null ? null : el('button', { type: 'button', class: 'small-button', text: '放大', onclick: onZoom }),
      map ? el('a', { class: 'button small-button', href: map, target: '_blank', rel: 'noopener noreferrer', text: '导航' }) : null)]),
    row('误差', event.position_error_m ? `约 ${number(event.position_error_m / 1000)} km` : null),
    row('网格', event.grid_cell), row('责任', event.responsible),
    row('可能乡镇', hints.length ? el('ul', {}, hints.map((text) => el('li', { text }))) : null),
    row('时间', `${fullTime(event.first_seen)} 至 ${shortTime(event.last_seen)}（${ago(event.last_seen)}）`),
    row('探测', `${event.detections} 个探测${feature.looks ? ` / ${feature.looks} 次观测` : ''} · ${(event.sources || []).join('、')}`),
    row('首先发现', foundWords(event, detail?.found)),
    row('电话', me.may.includes('ledger') ? el('a', { href: `/desk#phone/${encodeURIComponent(event.id)}`, text: '电话记录' }) : null), row('功率', power),
    row('类别', `${word(CLASS, event.class)} · 置信度 ${word(CONFIDENCE, event.confidence)} · ${word(CONFIRMATION, feature.confirmation)}`),
    row('并入', event.merged_into ? el('a', { href: `#event=${encodeURIComponent(event.merged_into)}`, text: event.merged_into }) : null));
}

function section(title, ...content) {
  return el('section', { class: 'block' }, el('h3', { text: title }), ...content);
}

function reasons(feature) {
  if (!feature.reasons?.length) return null;
  return section('判断依据', el('ul', { class: 'plain-list' }, feature.reasons.map((text) => el('li', { text }))));
}

function curve(feature, detail) {
  const measured = (detail?.fires?.features || []).map((fire) => [fire.properties.time, fire.properties.frp_mw]);
  const chart = powerChart(feature.frp_curve?.length ? feature.frp_curve : measured);
  return chart ? section('火点辐射功率', chart) : null;
}

function details(feature, detail, me, onDone) {
  return [verification(feature, detail.photo_hints || []), photos(feature, detail.photos || []), told(detail), imagery(detail), cameras(detail), tasks(detail.tasks || [], me, onDone), history(detail.steps || []),
    detections(detail.fires?.features || []), notices(detail.notices || [])];
}

function verification(feature, hints) {
  const found = feature.properties.verification;
  if (!found) return null;
  return section('现场核查', el('dl', { class: 'facts' }, row('结果', word(FINDING, found.finding)), row('原因', word(CAUSE, found.cause)),
    row('说明', found.note), row('岗位', found.post === feature.case?.post?.code ? feature.case.post.name : found.post), row('代填', found.by), row('时间', found.time ? fullTime(found.time) : null)),
    hints.length ? el('ul', { class: 'plain-list photo-hints' }, hints.map((text) => el('li', {}, el('span', { class: 'badge late', text: '提示' }), ` ${text}`))) : null);
}

function photos(feature, list) {
  if (list.length === 0) return null;
  return section(`照片 ${list.length}`, el('ul', { class: 'photos' }, list.map((photo) => photoItem(feature, photo))));
}

function photoItem(feature, photo) {
  const base = `/events/${encodeURIComponent(feature.properties.id)}/photos/${encodeURIComponent(photo.id)}`;
  const place = photo.lon === null || photo.lon === undefined ? '无位置' : `${photo.lat.toFixed(4)}, ${photo.lon.toFixed(4)}${photo.accuracy_m ? ` ±${Math.round(photo.accuracy_m)} m` : ''}`;
  const when = fullTime(photo.taken_at);
  const picture = photo.small ? el('img', { src: `${base}/small`, alt: `现场照片，${when}`, loading: 'lazy' }) : el('span', { class: 'no-picture', text: '缩略图未到' });
  const state = photo.complete ? '原图' : `原图上传中 ${Math.floor((100 * (photo.received || 0)) / Math.max(1, photo.size))}%`;
  const kind = photo.kind ? word(PHOTO_KIND, photo.kind) : '未注明类别';
  const beside = [photo.distance_words, photo.before_dispatch ? null : photo.dispatch_words].filter(Boolean).join(' · ');
  return el('li', {}, photo.complete ? el('a', { href: `${base}/original`, target: '_blank', rel: 'noopener', 'aria-label': `打开原图，${when}` }, picture) : picture,
    el('p', { class: 'small quiet' }, el('strong', { text: kind }), ` ${when}`, photo.before_dispatch ? el('span', { class: 'badge late', text: photo.dispatch_words }) : null, el('br'),
      el('span', { text: `${place} · ${state}` }), beside ? [el('br'), el('span', { text: beside })] : null,
      photo.made_at ? [el('br'), el('span', { text: `服务器登记 ${shortTime(photo.made_at)}` })] : null));
}

function tasks(list, me, onDone) {
  if (list.length === 0) return null;
  return section('任务链接', el('ul', { class: 'task-list' }, list.map((task) => {
    const over = task.over || (task.expires_at && Date.parse(task.expires_at) < now() ? 'expired' : null);
    const state = over ? word(LINK_OVER, over) : task.opened_at ? `${shortTime(task.opened_at)} 已打开` : '尚未打开';
    const revoke = !over && me.may.includes('link') ? el('button', { type: 'button', class: 'small-button', text: '撤销', onclick: () => revokeLink(task, onDone) }) : null;
    return el('li', {}, el('span', {}, el('strong', { text: task.post_name }), el('span', { class: 'quiet', text: ` 发出 ${shortTime(task.made_at)} · 有效至 ${shortTime(task.expires_at)}` })),
      el('span', { class: `badge ${over ? 'done' : task.opened_at ? 'work' : 'todo'}`, text: state }), revoke);
  })));
}

function history(steps) {
  if (steps.length === 0) return section('处置经过', el('p', { class: 'steps' }, '尚未处置'));
  return section('处置经过', el('ol', { class: 'steps' }, steps.slice().reverse().map((step) => el('li', {},
    el('p', {}, el('strong', { text: word(ACTION, step.action) }), step.to && step.to !== step.from ? el('span', { class: 'quiet', text: ` → ${word(STATUS, step.to)}` }) : null),
    step.note ? el('p', { text: step.note }) : null,
    el('p', { class: 'small quiet', text: `${fullTime(step.at)} · ${step.who || '系统'}` })))));
}

function detections(fires) {
  if (fires.length === 0) return null;
  const heads = ['时间', '卫星', 'MW', '亮温 K', '置信', '判定'];
  const body = fires.slice().sort((a, b) => Date.parse(b.properties.time) - Date.parse(a.properties.time)).map(({ properties: fire }) => el('tr', {},
    el('td', { text: shortTime(fire.time) }), el('td', { text: [fire.satellite, ORIGIN[fire.sensor] || fire.sensor].filter(Boolean).join(' ') }),
    el('td', { class: 'number', text: number(fire.frp_mw) }), el('td', { class: 'number', text: number(fire.bt_mir_k) }),
    el('td', { text: word(CONFIDENCE, fire.confidence) }), el('td', { text: word(VERDICT, fire.verdict) })));
  return section(`探测 ${fires.length}`, el('div', { class: 'scroll-x', tabindex: '0', role: 'region', 'aria-label': '探测表' }, el('table', {},
    el('thead', {}, el('tr', {}, heads.map((text, at) => el('th', { scope: 'col', class: at === 2 || at === 3 ? 'number' : null, text })))), el('tbody', {}, body))));
}

function told(detail) {
  const parts = toldParts(detail);
  return parts ? section('来电与通报', parts) : null;
}

function cameras(detail) {
  const parts = cameraParts(detail);
  return parts ? section('摄像头', parts) : null;
}

function imagery(detail) {
  const parts = imageryParts(detail);
  return parts ? section('卫星影像', parts) : null;
}

function notices(list) {
  if (list.length === 0) return null;
  return section('已告知', el('ul', { class: 'plain-list' }, list.map((notice) => el('li', {
    text: `${shortTime(notice.at)} ${notice.sink} · ${word(NOTICE_KIND, notice.kind)} · ${word(SINK_STATE, notice.state)}`,
  }))));
}
