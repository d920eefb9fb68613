// Keeps the task page on the phone and sends what waits when the signal comes back while the page is closed.
'use strict';
importScripts('/assets/task-db.js', '/assets/task-net.js', '/assets/task-upload.js', '/assets/task-send.js');

// A hash over the files below: `tests/tools/page_task.py --stamp` writes it, and checks it. A new one is a new cache.
const VERSION = '00d6230a36d9';
const CACHE = `strawfire-task-${VERSION}`;
const PAGE = '/task';
const FILES = [
  PAGE,
  '/assets/task.css',
  '/assets/task-icon.svg',
  '/assets/task-db.js',
  '/assets/task-net.js',
  '/assets/task-upload.js',
  '/assets/task-send.js',
  '/assets/task.bundle.js',
];

self.addEventListener('install', (event) => {
  // All or nothing; `no-cache` asks the server, which may answer 304.
  const requests = FILES.map((path) => new Request(path, { cache: 'no-cache' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
});

self.addEventListener('activate', (event) => {
  const isOld = (name) => name.startsWith('strawfire-task-') && name !== CACHE;
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

// The page says so once all of its own files are loaded, so that no page is made of two versions.
self.addEventListener('message', (event) => {
  if (event.data === 'take-over') self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin || !FILES.includes(url.pathname)) return;
  event.respondWith(caches.open(CACHE)
    .then((cache) => cache.match(url.pathname))
    .then((kept) => kept || fetch(event.request)));
});

self.addEventListener('sync', (event) => {
  if (event.tag !== 'send') return;
  event.waitUntil(self.TaskSend.run(true).then(async () => {
    const { items, photos } = await self.TaskSend.unsent();
    if (items.length || photos.length) throw new Error('not all sent yet');
  }));
});
