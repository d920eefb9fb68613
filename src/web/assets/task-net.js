// One request and what its answer means for a queue. A plain script, shared with the service worker.
self.TaskNet = (() => {
  'use strict';
  const LATER = [408, 425, 429];

  async function call(token, method, path, options) {
    const wanted = options || {};
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), wanted.timeout || 30000);
    if (wanted.onStart) wanted.onStart(() => stop.abort());
    const headers = { 'X-Task': token, Accept: 'application/json' };
    if (wanted.key) headers['Idempotency-Key'] = wanted.key;
    let body = wanted.bytes;
    if (wanted.json) {
      headers['Content-Type'] = 'application/json';
      body = JSON.stringify(wanted.json);
    } else if (body) headers['Content-Type'] = wanted.type;
    try {
      const answer = await fetch(path, {
        method, headers, body, signal: stop.signal, credentials: 'same-origin', cache: 'no-store', redirect: 'error',
      });
      return await understood(answer);
    } catch (error) {
      return { kind: 'again', status: 0, data: null, retryAfter: 0 };
    } finally {
      clearTimeout(timer);
    }
  }

  async function understood(answer) {
    const status = answer.status;
    const isJson = /json/.test(answer.headers.get('Content-Type') || '');
    const data = isJson ? await answer.json() : null;
    const retryAfter = Number(answer.headers.get('Retry-After')) || 0;
    if (status >= 500 || LATER.includes(status)) return { kind: 'again', status, data, retryAfter };
    // A page of a hotspot's login or of a proxy is no answer of ours, whatever its status.
    if (!isJson && status !== 204 && status !== 413) return { kind: 'again', status: 0, data: null, retryAfter };
    return { kind: answer.ok ? 'ok' : 'refused', status, data, retryAfter };
  }

  return { call };
})();
