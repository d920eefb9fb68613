// The live stream. Read with fetch and not with EventSource, because EventSource hides the comments that the server
// sends every 15 s: a connection that died in silence would look alive.

import { Problem, now, problemOf, setServerNow } from './common.js';

const SILENCE_MS = 40000;
const WAITS_MS = [1000, 2000, 4000, 8000, 15000];

/**
 * Follows /live for ever. onMessage(name, data) for each event, onHeard() for every sign of life,
 * onState(up, problem) when the connection comes or goes; until `signal`, where there is one, is aborted.
 */
export async function follow({ onMessage, onHeard, onState, signal = null }) {
  let cursor = null;
  for (let failures = 0; ; failures += 1) {
    let problem = null;
    try {
      await readOnce({
        cursor, onHeard, signal,
        onOpen: () => { failures = 0; onState(true, null); },
        onMessage: (name, data, id) => { cursor = id ?? cursor; onMessage(name, data); },
      });
    } catch (failure) {
      problem = failure instanceof Problem ? failure : null;
    }
    if (signal?.aborted) return;
    onState(false, problem);
    const wait = problem?.retryAfter ? problem.retryAfter * 1000 : WAITS_MS[Math.min(failures, WAITS_MS.length - 1)];
    // Jitter: after a restart of the server not all desks may come back in the same second.
    await new Promise((wake) => setTimeout(wake, wait * (0.7 + 0.6 * Math.random())));
    if (signal?.aborted) return;
  }
}

async function readOnce({ cursor, signal, onOpen, onHeard, onMessage }) {
  const abort = new AbortController();
  const end = () => abort.abort();
  signal?.addEventListener('abort', end);
  let watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
  try {
    const headers = { Accept: 'text/event-stream' };
    if (cursor) headers['Last-Event-ID'] = cursor;
    const response = await fetch('/live', { headers, cache: 'no-store', signal: abort.signal });
    if (!response.ok) throw await problemOf(response);
    onOpen();
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(watchdog);
      watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
      onHeard(now());
      const blocks = (rest + decoder.decode(value, { stream: true })).replace(/\r\n/g, '\n').split('\n\n');
      rest = blocks.pop();
      blocks.forEach((block) => deliver(block, onMessage));
    }
  } finally {
    clearTimeout(watchdog);
    signal?.removeEventListener('abort', end);
    abort.abort();
  }
}

function deliver(block, onMessage) {
  let name = 'message';
  let id = null;
  const data = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') name = value;
    else if (field === 'id') id = value;
    else if (field === 'data') data.push(value);
  }
  if (data.length === 0) return;
  let parsed = null;
  try { parsed = JSON.parse(data.join('\n')); } catch { return; }
  if (name === 'hello' && parsed?.now) setServerNow(parsed.now);
  onMessage(name, parsed, id);
}
