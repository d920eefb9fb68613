// The interface, readable: /openapi.json as groups of operations with parameters, bodies, answers and roles.

import { api, byId, el } from './common.js';
import { ROLE, word } from './words.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const PLACES = { query: '查询', path: '路径', header: '请求头', cookie: 'Cookie' };
let whole = null;

/** A local $ref followed; anything else as it is. */
function resolve(node) {
  const path = node?.$ref;
  if (!path?.startsWith('#/')) return node;
  return path.slice(2).split('/').reduce((at, part) => at?.[part.replace(/~1/g, '/').replace(/~0/g, '~')], whole) || node;
}

const refName = (node) => node?.$ref?.split('/').pop() || null;

/** A schema in a word: 整数 1…1000, Feature[] */
function typeWords(schema) {
  if (!schema) return '—';
  if (schema.$ref) return refName(schema);
  const many = schema.oneOf || schema.anyOf || schema.allOf;
  if (many) return many.map(typeWords).join(schema.allOf ? ' + ' : ' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === 'array') return `${typeWords(schema.items)}[]`;
  const type = [schema.type || 'any'].flat().join(' | ');
  const range = schema.minimum !== undefined || schema.maximum !== undefined ? ` ${schema.minimum ?? ''}…${schema.maximum ?? ''}` : '';
  return `${type}${schema.format ? ` (${schema.format})` : ''}${range}`;
}

function remarks(schema, description) {
  const full = resolve(schema) || {};
  return [description || full.description, full.enum ? `取值：${full.enum.join('、')}` : null, full.default !== undefined ? `默认 ${JSON.stringify(full.default)}` : null].filter(Boolean).join('　');
}

function table(heads, rows) {
  return el('div', { class: 'scroll-x' }, el('table', {}, el('thead', {}, el('tr', {}, heads.map((text) => el('th', { scope: 'col', text })))), el('tbody', {}, rows)));
}

const nameCell = (name, required) => el('td', { class: 'name' }, el('code', { text: name }), required ? el('span', { class: 'need', text: '必填' }) : null);

function properties(schema) {
  const full = resolve(schema) || {};
  const parts = full.allOf ? full.allOf.map(resolve) : [full];
  const needed = new Set(parts.flatMap((part) => part.required || []));
  const all = parts.flatMap((part) => Object.entries(part.properties || {}));
  if (all.length === 0) return null;
  return table(['字段', '类型', '说明'], all.map(([name, each]) => el('tr', {}, nameCell(name, needed.has(name)), el('td', { class: 'type' }, el('code', { text: typeWords(each) })), el('td', { text: remarks(each) }))));
}

function parameters(list) {
  if (list.length === 0) return [];
  return [el('h4', { text: '参数' }), table(['名称', '位置', '类型', '说明'], list.map((parameter) => el('tr', {},
    nameCell(parameter.name, parameter.required), el('td', { text: word(PLACES, parameter.in) }),
    el('td', { class: 'type' }, el('code', { text: typeWords(parameter.schema) })), el('td', { text: remarks(parameter.schema, parameter.description) }))))];
}

function requestBody(body) {
  if (!body) return [];
  const kinds = Object.entries(resolve(body).content || {});
  return [el('h4', { text: '请求内容' }), ...kinds.flatMap(([kind, { schema }]) => [el('p', {}, el('code', { text: kind }), ` ${schema ? typeWords(schema) : ''}`), properties(schema)])];
}

function responses(all) {
  return [el('h4', { text: '答复' }), table(['状态', '说明', '内容'], Object.entries(all || {}).map(([status, given]) => {
    const answer = resolve(given);
    const kinds = Object.entries(answer.content || {}).map(([kind, { schema }]) => `${kind}${schema ? `：${typeWords(schema)}` : ''}`);
    return el('tr', {}, el('td', { class: 'name' }, el('code', { text: status })), el('td', { text: answer.description || '' }), el('td', {}, el('code', { text: kinds.join('\n') })));
  }))];
}

function operationNode({ id, method, path, operation, shared }) {
  const roles = [operation['x-roles'] || []].flat();
  return el('section', { class: 'operation', id, 'aria-labelledby': `${id}-name` },
    el('header', {}, el('span', { class: `method ${method}`, text: method.toUpperCase() }), el('code', { class: 'path', text: path }), el('h3', { id: `${id}-name`, text: operation.summary || operation.operationId || path })),
    ...[operation.description ? el('p', { text: operation.description }) : null,
      roles.length ? el('p', {}, el('span', { class: 'quiet', text: '可用角色：' }), roles.map((role) => word(ROLE, role)).join('、')) : null,
      operation.deprecated ? el('p', { class: 'bad-text', text: '不再推荐使用' }) : null,
      ...parameters([...shared, ...(operation.parameters || [])].map(resolve)), ...requestBody(operation.requestBody), ...responses(operation.responses)].filter(Boolean));
}

function operationsOf(document) {
  return Object.entries(document.paths || {}).flatMap(([path, item]) => METHODS.filter((method) => item[method]).map((method) => ({
    id: `${method}-${path.replace(/[^a-zA-Z0-9]+/g, '-').replace(/^-|-$/g, '')}`, method, path, operation: item[method], shared: item.parameters || [], tag: item[method].tags?.[0] || '其他',
  })));
}

function show(document) {
  whole = document;
  byId('version').textContent = `${document.info?.title || ''} ${document.info?.version || ''}`;
  const operations = operationsOf(document);
  const told = new Map((document.tags || []).map((tag) => [tag.name, tag.description]));
  const names = [...new Set([...told.keys(), ...operations.map((each) => each.tag)])].filter((name) => operations.some((each) => each.tag === name));
  const searchable = [];
  const contents = [];
  const groups = names.map((name) => {
    const links = el('div', {}, el('h2', { text: name }));
    const group = el('section', { class: 'group' }, el('h2', { text: name }), told.get(name) ? el('p', { text: told.get(name) }) : null);
    for (const each of operations.filter(({ tag }) => tag === name)) {
      const node = operationNode(each);
      const link = el('a', { href: `#${each.id}`, title: each.path }, el('span', { class: `method ${each.method}`, text: each.method.toUpperCase() }), el('span', { text: each.operation.summary || each.path }));
      group.append(node);
      links.append(link);
      searchable.push({ node, link, group, links, text: node.textContent.toLowerCase() });
    }
    contents.push(links);
    return group;
  });
  const schemas = Object.entries(document.components?.schemas || {});
  const dataGroup = schemas.length ? el('section', { class: 'group' }, el('h2', { text: '数据结构' })) : null;
  for (const [name, schema] of schemas) {
    const node = el('details', { class: 'operation schema' }, el('summary', {}, el('code', { class: 'path', text: name })), schema.description ? el('p', { text: schema.description }) : null, properties(schema) || el('p', {}, el('code', { text: typeWords(schema) })));
    dataGroup.append(node);
    searchable.push({ node, group: dataGroup, text: node.textContent.toLowerCase() });
  }
  byId('contents').replaceChildren(...contents);
  byId('content').replaceChildren(...[document.info?.description ? el('p', { text: document.info.description }) : null, ...groups, dataGroup].filter(Boolean));
  byId('search').addEventListener('input', (event) => search(searchable, event.target.value.trim().toLowerCase()));
  if (location.hash) byId(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

function search(all, wanted) {
  let found = 0;
  for (const each of all) {
    const hit = each.text.includes(wanted);
    found += hit;
    each.node.hidden = !hit;
    if (each.link) each.link.hidden = !hit;
  }
  for (const each of all) {
    each.group.hidden = !all.some((other) => other.group === each.group && !other.node.hidden);
    if (each.links) each.links.hidden = each.group.hidden;
  }
  byId('said').textContent = `${found} 项`;
}

api('/openapi.json').then(show).catch((problem) => { byId('content').replaceChildren(el('p', { class: 'problem', text: problem.message })); });
