// Signing in. What the server says is shown in its words; a lock-out counts down.

import { api, byId, lasting } from './common.js';

const form = byId('login');
const submit = byId('submit');
const trouble = byId('trouble');
let lockedUntil = 0;

/** Only a path of this site: "//other" and "/\other" would leave it. */
function nextPage() {
  const next = new URLSearchParams(location.search).get('next') || '/';
  if (!/^\/(?![/\\])/.test(next)) return '/';
  const url = new URL(next, location.origin);
  return url.origin === location.origin && !url.pathname.startsWith('/login') ? url.pathname + url.search + url.hash : '/';
}

function say(title, detail, field) {
  const strong = document.createElement('strong');
  strong.textContent = title;
  trouble.replaceChildren(strong, detail ? ` ${detail}` : '');
  trouble.hidden = false;
  if (field) field.focus();
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (submit.disabled) return;
  const name = byId('name').value.trim();
  const password = byId('password').value;
  const code = byId('code').value.replace(/\s/g, '');
  if (!name) { say('请输入用户名', '', byId('name')); return; }
  if (!password) { say('请输入口令', '', byId('password')); return; }
  submit.disabled = true;
  submit.textContent = '正在登录';
  trouble.hidden = true;
  try {
    await api('/login', { method: 'POST', body: { name, password, code: code || null }, stayOn401: true });
    location.assign(nextPage());
    return;
  } catch (problem) {
    byId('code').value = '';
    if ([423, 429].includes(problem.status) && problem.retryAfter) { lockedUntil = Date.now() + problem.retryAfter * 1000; countDown(problem.title); return; }
    say(problem.title, problem.detail, problem.status === 401 ? byId('password') : null);
    byId('password').select();
  }
  ready();
});

function ready() {
  submit.disabled = false;
  submit.textContent = '登录';
}

function countDown(title) {
  const left = lockedUntil - Date.now();
  if (left <= 0) { trouble.hidden = true; ready(); return; }
  say(title, `${lasting(left + 999)}后可再试`);
  submit.textContent = '已锁定';
  // Said once a minute while it is long: a screen reader must not count seconds aloud.
  setTimeout(() => countDown(title), left > 60000 ? Math.min(60000, left - 60000 + 1) : 1000);
}

for (const kind of ['keydown', 'keyup', 'mousedown']) {
  byId('password').addEventListener(kind, (event) => { byId('caps').hidden = !event.getModifierState?.('CapsLock'); });
}
byId('password').addEventListener('blur', () => { byId('caps').hidden = true; });
