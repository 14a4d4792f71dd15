'use strict';
(() => {
const $ = id => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';
const icons = {ok: 'ok', warn: 'warn', bad: 'bad', wait: 'wait'};

// What is known; everything on the page is drawn from it.
let has = {}, status = null, buffer = null, log = [], skew = 0, heard = 0, limit = 240;
const series = new Map();

const now = () => Date.now() + skew;
const ms = t => t ? Date.parse(t) : NaN;

// Small tools that touch the document only where something changed.
function make(tag, cls, text) {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  if (text !== undefined) e.textContent = text;
  return e;
}
function setText(e, t) { if (e.textContent !== t) e.textContent = t; }
function setAttr(e, k, v) { if (e.getAttribute(k) !== v) e.setAttribute(k, v); }
function setIcon(svg, name) { setAttr(svg.firstElementChild, 'href', '#i-' + name); }
function icon(name) {
  const s = document.createElementNS(SVG, 'svg');
  s.setAttribute('class', 'icon');
  s.setAttribute('aria-hidden', 'true');
  s.append(document.createElementNS(SVG, 'use'));
  setIcon(s, name);
  return s;
}
// keyed makes the children of parent those of items, keeping what is there.
function keyed(parent, items, key, create, update) {
  const old = new Map([...parent.children].map(e => [e.dataset.key, e]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const k = key(item);
    let e = old.get(k);
    if (e) old.delete(k);
    else { e = create(item); e.dataset.key = k; }
    if (e === at) at = at.nextElementSibling;
    else parent.insertBefore(e, at);
    update(e, item);
  }
  for (const e of old.values()) e.remove();
}

const clock = new Intl.DateTimeFormat([], {hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'});
const date = new Intl.DateTimeFormat([], {month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23'});
const when = t => Math.abs(now() - t) < 43200e3 ? clock.format(t) : date.format(t);
function span(t) {
  const s = Math.max(0, Math.round(t / 1000));
  if (s < 100) return s + ' s';
  const m = Math.floor(s / 60);
  if (m < 100) return m + ' min';
  const h = Math.floor(m / 60);
  return h < 48 ? h + ' h ' + m % 60 + ' min' : Math.floor(h / 24) + ' d ' + h % 24 + ' h';
}
function num(v) {
  if (v === null || v === undefined) return 'no value';
  const a = Math.abs(v);
  if (a !== 0 && (a < 1e-3 || a >= 1e6)) return v.toExponential(2);
  return a >= 1000 ? Math.round(v).toLocaleString() : v.toFixed(a >= 100 ? 0 : a >= 10 ? 1 : a >= .1 || !a ? 2 : 4);
}
function bytes(n) {
  if (n < 1024) return n + ' B';
  const u = ['KiB', 'MiB', 'GiB', 'TiB'];
  let i = -1;
  do { n /= 1024; i++; } while (n >= 1024 && i < 3);
  return n.toFixed(n < 10 ? 1 : 0) + ' ' + u[i];
}
const count = (n, one, many) => n.toLocaleString() + ' ' + (n === 1 ? one : many);

// An appliance is silent when its scores stopped coming at their pace.
function silent(s) {
  const p = s.points, n = p.length;
  if (!n) return false;
  const pace = n > 1 ? (p[n - 1][0] - p[0][0]) / (n - 1) : 0;
  return now() - p[n - 1][0] > Math.max(30e3, 5 * pace);
}
const levelOf = s => silent(s) ? 'wait' : s.level;

function drawHero() {
  const all = [...series.values()];
  const by = l => all.filter(s => levelOf(s) === l);
  const bad = by('bad'), warn = by('warn'), gone = by('wait');
  const health = status ? status.health : 'ok';
  const why = status && status.reasons || [];
  const list = a => a.map(s => s.name + ': ' + s.verdict).join(', ');
  let level = 'ok', head, sub = '';
  if (bad.length) {
    level = 'bad';
    head = bad.length === 1 ? list(bad) : bad.length + ' appliances need attention';
    sub = bad.length === 1 ? 'for ' + span(now() - bad[0].since) + ', score ' + num(last(bad[0])[1]) : list(bad);
  } else if (health === 'failing') {
    level = 'bad';
    head = 'The device is failing';
    sub = why.join('; ');
  } else if (!all.length) {
    level = health === 'ok' ? 'wait' : 'warn';
    head = 'Waiting for the first window';
    sub = why.join('; ') || 'Verdicts appear here as soon as the model has judged one.';
  } else if (warn.length || gone.length) {
    level = 'warn';
    head = warn.length ? list(warn) : gone.map(s => s.name).join(', ') + (gone.length === 1 ? ' is silent' : ' are silent');
    sub = warn.length ? '' : 'last score ' + span(now() - Math.max(...gone.map(s => last(s)[0]))) + ' ago';
  } else {
    head = all.length === 1 ? all[0].name + ': ' + all[0].verdict : 'All ' + all.length + ' appliances are well';
    sub = all.length === 1 ? 'for ' + span(now() - all[0].since) : '';
    if (health !== 'ok') { level = 'warn'; sub = 'The device works with limits. ' + why.join('; '); }
  }
  setAttr($('hero'), 'data-level', level);
  setIcon($('hero').firstElementChild, icons[level]);
  setText($('headline'), head);
  setText($('subline'), sub);

  const chips = [];
  if (all.length) {
    const fine = all.length - bad.length - warn.length - gone.length;
    chips.push([bad.length ? 'bad' : warn.length || gone.length ? 'warn' : 'ok', fine + ' of ' + count(all.length, 'appliance', 'appliances') + ' well']);
  }
  if (status) chips.push([{ok: 'ok', degraded: 'warn', failing: 'bad'}[health], status.stopping ? 'device is stopping' : 'device ' + health + ailing()]);
  if (buffer) chips.push(linkChip());
  keyed($('chips'), chips, c => c[1], c => { const li = make('li'); li.append(icon('ok'), make('span')); return li; }, (li, c) => {
    setAttr(li, 'data-level', c[0]);
    setIcon(li.firstElementChild, icons[c[0]]);
    setText(li.lastElementChild, c[1]);
  });
}
// ailing names up to two components that are not well.
function ailing() {
  const names = (status.components || []).filter(c => c.health !== 'ok').map(c => c.name);
  return names.length ? ': ' + names.slice(0, 2).join(', ') + (names.length > 2 ? ' and ' + (names.length - 2) + ' more' : '') : '';
}
const last = s => s.points[s.points.length - 1];
function linkChip() {
  const up = /^(up|online|connected)$/i.test(buffer.link);
  return [up ? 'ok' : buffer.link ? 'warn' : 'wait', 'link ' + (buffer.link || 'unknown')];
}

function drawMatrix(hex) {
  const box = $('matrix');
  if (!box.children.length) for (let i = 0; i < 64; i++) box.append(make('i'));
  const hues = {};
  let lit = 0;
  for (let i = 0; i < 64; i++) {
    // A lamp of a tenth of the power looks far brighter than a tenth.
    const rgb = [0, 2, 4].map(k => Math.round(255 * Math.pow(parseInt(hex.substr(6 * i + k, 2), 16) / 255, .6)));
    const [r, g, b] = rgb, max = Math.max(r, g, b), c = max > 8 ? 'rgb(' + rgb + ')' : '';
    const style = box.children[i].style;
    if (style.background !== c) {
      style.background = c;
      style.boxShadow = c && '0 0 7px ' + c;
    }
    if (!c) continue;
    lit++;
    const mid = r + g + b - max - Math.min(r, g, b), min = Math.min(r, g, b);
    const hue = max - min < 60 ? 'white' : r === max ? (g > 150 && g > .55 * r ? 'yellow' : b > .6 * r ? 'magenta' : mid === g && g > .35 * r ? 'amber' : 'red')
      : g === max ? (b > .7 * g ? 'cyan' : 'green') : (r > .6 * b ? 'violet' : 'blue');
    hues[hue] = (hues[hue] || 0) + 1;
  }
  const text = lit ? Object.entries(hues).sort((a, b) => b[1] - a[1]).map(([h, n]) => n + ' ' + h).join(', ') : 'dark';
  setText($('matrix-text'), text);
  setAttr(box, 'aria-label', 'LED matrix, lit: ' + text);
}

function drawSeries() {
  $('no-scores').hidden = series.size > 0;
  keyed($('series'), series.values(), s => s.name, s => {
    const a = make('article', 'one'), h = make('header'), badge = make('span', 'badge'), v = make('span', 'value');
    badge.append(icon('ok'), make('span'));
    v.append('score ', make('b'));
    h.append(make('h3', '', s.name), badge, make('span', 'small'), v);
    const c = make('canvas');
    c.setAttribute('role', 'img');
    a.append(h, c);
    resized.observe(c);
    return a;
  }, (a, s) => {
    const l = levelOf(s), [h, c] = a.children, [, badge, age, v] = h.children, p = last(s);
    const verdict = l === 'wait' ? 'silent for ' + span(now() - p[0]) : s.verdict;
    setAttr(a, 'data-level', l);
    setIcon(badge.firstElementChild, icons[l]);
    setText(badge.lastElementChild, verdict);
    setText(age, l === 'wait' ? '' : 'for ' + span(now() - s.since));
    setText(v.firstElementChild, num(p[1]));
    if (s.dirty) {
      s.dirty = false;
      setAttr(c, 'aria-label', s.name + ': score ' + num(p[1]) + (p[2] === null ? '' : ', threshold ' + num(p[2])) + ', ' + verdict);
      plot(c, s.points);
    }
  });
}

// plot draws the scores, and the threshold as it was at each of them.
function plot(c, points) {
  const w = c.clientWidth, h = c.clientHeight, dpr = window.devicePixelRatio || 1;
  if (!w) return;
  c.width = Math.round(w * dpr);
  c.height = Math.round(h * dpr);
  const g = c.getContext('2d'), css = getComputedStyle(document.documentElement), color = n => css.getPropertyValue(n);
  g.scale(dpr, dpr);
  g.font = '11px system-ui, sans-serif';
  const all = points.flatMap(p => [p[1], p[2]]).filter(v => v !== null);
  let lo = Math.min(0, ...all), hi = Math.max(...all);
  if (!(hi > lo)) hi = lo + 1;
  const top = 17, bottom = h - 18, t0 = points[0][0], t1 = last({points})[0];
  const x = t => t1 > t0 ? 4 + (t - t0) / (t1 - t0) * (w - 8) : w - 4;
  const y = v => bottom - (v - lo) / (hi - lo) * (bottom - top);

  g.strokeStyle = color('--line');
  g.lineWidth = 1;
  g.beginPath();
  g.moveTo(0, bottom + .5);
  g.lineTo(w, bottom + .5);
  g.stroke();

  const trace = k => {
    let pen = false;
    for (const p of points) {
      if (p[k] === null) { pen = false; continue; }
      pen ? g.lineTo(x(p[0]), y(p[k])) : g.moveTo(x(p[0]), y(p[k]));
      pen = true;
    }
  };
  if (points.every(p => p[1] !== null)) {
    g.beginPath();
    trace(1);
    g.lineTo(x(t1), y(lo));
    g.lineTo(x(t0), y(lo));
    g.fillStyle = color('--fill');
    g.fill();
  }
  g.beginPath();
  trace(1);
  g.strokeStyle = color('--plot');
  g.lineWidth = 1.8;
  g.lineJoin = 'round';
  g.stroke();

  g.beginPath();
  trace(2);
  g.setLineDash([5, 4]);
  g.strokeStyle = color('--bad');
  g.lineWidth = 1.3;
  g.stroke();
  g.setLineDash([]);

  g.fillStyle = color('--bad');
  for (const p of points) {
    if (p[1] === null || p[2] === null || p[1] < p[2]) continue;
    const a = x(p[0]), b = y(p[1]);
    g.beginPath();
    g.moveTo(a, b - 3.6);
    g.lineTo(a + 3.6, b + 2.8);
    g.lineTo(a - 3.6, b + 2.8);
    g.fill();
  }
  const end = points[points.length - 1];
  if (end[1] !== null && !(end[1] >= end[2] && end[2] !== null)) {
    g.beginPath();
    g.arc(x(end[0]), y(end[1]), 3, 0, 7);
    g.fillStyle = color('--plot');
    g.fill();
  }
  g.fillStyle = color('--dim');
  g.textBaseline = 'alphabetic';
  g.fillText(when(t0), 2, h - 4);
  g.textAlign = 'right';
  if (t1 > t0) g.fillText(when(t1), w - 2, h - 4);
  const lim = points.findLast(p => p[2] !== null);
  if (lim) {
    g.textAlign = 'left';
    g.fillText('threshold ' + num(lim[2]), 2, y(lim[2]) - 5);
  }
}
const redraw = () => { for (const s of series.values()) s.dirty = true; later(); };
const resized = new ResizeObserver(redraw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);

function drawBuffer() {
  $('buffer-card').hidden = !buffer;
  if (!buffer) return;
  const [level] = linkChip(), box = $('link');
  if (!box.children.length) box.append(icon('ok'), make('b'), make('span'));
  setAttr(box, 'data-level', level);
  setIcon(box.children[0], level === 'wait' ? 'off' : icons[level]);
  setText(box.children[1], 'Link ' + (buffer.link || 'unknown'));
  setText(box.children[2], buffer.since ? 'for ' + span(now() - ms(buffer.since)) : '');
  keyed($('lanes'), buffer.lanes || [], l => l.name, () => {
    const d = make('div', 'lane'), p = make('p'), b = make('div', 'bar');
    p.append(make('span'), make('span'));
    b.append(make('i'));
    d.append(p, b, make('p'));
    return d;
  }, (d, l) => {
    const [p, b, more] = d.children, part = l.max_bytes ? l.bytes / l.max_bytes : 0;
    setText(p.children[0], l.name);
    setText(p.children[1], l.depth ? count(l.depth, 'waits', 'wait') : 'nothing waits');
    setText(more, (l.max_bytes ? bytes(l.bytes) + ' of ' + bytes(l.max_bytes) : '') + (l.depth && l.oldest_seconds ? ', oldest ' + span(1000 * l.oldest_seconds) : ''));
    fill(b, part);
  });
  setText($('totals'), count(buffer.delivered, 'message', 'messages') + ' delivered, ' + (buffer.lost ? buffer.lost.toLocaleString() : 'none') + ' lost');
}
function fill(bar, part) {
  const w = Math.min(100, 100 * part).toFixed(1) + '%', i = bar.firstElementChild;
  if (i.style.width !== w) i.style.width = w;
  bar.classList.toggle('full', part > .9);
}

function drawLog() {
  $('no-log').hidden = log.length > 0;
  keyed($('log'), log.slice().reverse(), c => c.id, c => {
    const li = make('li'), t = make('time', '', when(c.t));
    t.dateTime = new Date(c.t).toISOString();
    li.dataset.level = c.l;
    li.append(icon(icons[c.l]), t, make('span', '', c.s + ': ' + (c.f ? c.f + ' → ' : '') + c.r + (c.v === null ? '' : ', score ' + num(c.v))));
    return li;
  }, () => {});
  if (log.length) setAttr($('log'), 'tabindex', '0');
}

const stateIcon = {running: 'ok', done: 'ok', starting: 'wait', waiting: 'wait', paused: 'pause', stopped: 'off', stopping: 'wait'};
// row makes a row of a table. On a phone its style is no table's, so the roles
// are said.
function row(spec) {
  const tr = make('tr');
  tr.setAttribute('role', 'row');
  for (const [tag, cls] of spec) {
    const td = make(tag, cls);
    td.setAttribute('role', tag === 'th' ? 'rowheader' : 'cell');
    tr.append(td);
  }
  return tr;
}
function drawComponents() {
  const cs = status.components || [];
  $('no-components').hidden = cs.length > 0;
  $('components').hidden = !cs.length;
  keyed($('components').tBodies[0], cs, c => c.name, c => {
    const tr = row([['th'], ['td'], ['td', 'num'], ['td', 'err']]), s = make('span', 'state');
    tr.children[0].append(make('span', '', c.name), make('span', 'crit', c.critical ? ' critical' : ''));
    s.append(icon('ok'), make('span'));
    tr.children[1].append(s, make('span', 'small'));
    tr.children[2].dataset.label = 'restarts';
    tr.children[3].append(make('div'), make('div', 'small'));
    return tr;
  }, (tr, c) => {
    const level = {ok: 'ok', degraded: 'warn', failing: 'bad'}[c.health], [, st, re, er] = tr.children;
    const plain = level === 'ok' && stateIcon[c.state] !== 'ok';
    setAttr(tr, 'data-level', plain ? 'wait' : level);
    setIcon(st.firstElementChild.firstElementChild, level === 'ok' || c.state === 'paused' ? stateIcon[c.state] || 'warn' : icons[level]);
    setText(st.firstElementChild.lastElementChild, c.state + (c.pausing ? ', pausing' : ''));
    const p = c.progress;
    setText(st.lastElementChild, p ? p.what + ': ' + (p.total ? Math.floor(100 * p.done / p.total) + ' %' : num(p.done)) + (p.finish ? ', ' + span(ms(p.finish) - now()) + ' left' : '') :
      c.next_start ? 'again in ' + span(ms(c.next_start) - now()) : c.awaits ? 'for ' + c.awaits.join(', ') : 'for ' + span(now() - ms(c.since)));
    setText(re, c.restarts.toLocaleString());
    re.classList.toggle('zero', !c.restarts);
    const warned = level !== 'ok' && c.reason && !(c.last_error && c.reason.includes(c.last_error)) && c.reason !== 'paused';
    setText(er.firstElementChild, warned ? c.reason : c.last_error || '');
    setText(er.lastElementChild, !warned && c.last_error ? span(now() - ms(c.last_error_at)) + ' ago' : '');
  });
}
const rules = {block: 'publisher waits', 'drop-oldest': 'oldest gives way', 'drop-newest': 'newest is left out', latest: 'newest only'};
function drawTopics() {
  const rows = (status.topics || []).flatMap(t => t.subscribers.length ? t.subscribers.map((s, i) => [t, s, i]) : [[t, null, 0]]);
  $('no-topics').hidden = rows.length > 0;
  $('topics').hidden = !rows.length;
  keyed($('topics').tBodies[0], rows, ([t, s, i]) => t.name + '\n' + i + (s ? s.name : ''), ([t, , i]) => {
    const tr = row([['th'], ['td'], ['td'], ['td', 'num']]), b = make('div', 'bar');
    b.append(make('i'));
    tr.children[0].append(make('span', '', t.name), make('div', 'crit'));
    tr.children[1].append(make('span'), ' ', make('span', 'small'));
    tr.children[2].append(make('span'), b);
    tr.children[3].dataset.label = 'dropped';
    return tr;
  }, (tr, [t, s, i]) => {
    const [th, who, q, d] = tr.children;
    setText(th.lastElementChild, i ? '' : t.published.toLocaleString() + ' published');
    setText(who.firstElementChild, s ? s.name : 'no subscriber');
    setText(who.lastElementChild, s ? rules[s.keep] || s.keep : '');
    q.hidden = d.hidden = !s;
    if (!s) return;
    setText(q.firstElementChild, s.depth + ' of ' + s.size);
    fill(q.lastElementChild, s.keep === 'latest' ? 0 : s.depth / s.size);
    setText(d, s.dropped.toLocaleString());
    d.classList.toggle('zero', !s.dropped);
  });
}

let asked = false;
function later() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    $('matrix-card').hidden = !has.matrix;
    drawHero();
    drawSeries();
    drawBuffer();
    drawLog();
    if (status) {
      drawComponents();
      drawTopics();
      setText($('uptime'), 'up for ' + span(1000 * status.uptime_seconds) + ', device time ' + when(now()));
    }
  });
}

// A score: [time, value, threshold], of which the last two may be null.
function score(e) {
  if (e.g) series.delete(e.g);
  let s = series.get(e.s);
  if (!s) series.set(e.s, s = {name: e.s, points: []});
  s.points.push([e.t, e.v, e.h]);
  if (s.points.length > limit) s.points.shift();
  s.verdict = e.r;
  s.level = e.l;
  s.since = e.since;
  s.dirty = true;
  if (e.c) {
    log.push(e.c);
    if (log.length > 50) log.shift();
  }
}
const on = {
  hello(e) {
    has = e;
    limit = e.history;
    series.clear();
    for (const s of e.series) series.set(s.name, Object.assign(s, {dirty: true}));
    log = e.log;
  },
  score,
  status(e) { status = e; skew = ms(e.at) - Date.now(); },
  matrix: drawMatrix,
  buffer(e) { buffer = e; },
};

let source, tried = 0;
function link(state, text) {
  setAttr(document.body, 'data-link', state);
  setText($('live'), text);
}
function lost() { link('lost', heard ? 'connection lost, last heard ' + clock.format(heard) : 'no connection yet, trying'); }
function connect() {
  if (source) source.close();
  tried = Date.now();
  source = new EventSource('events');
  for (const name in on) source.addEventListener(name, e => {
    heard = Date.now();
    on[name](JSON.parse(e.data));
    link('live', 'live');
    later();
  });
  source.onerror = () => {
    lost();
    // The browser tries again by itself, unless the answer was a refusal.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
  };
}
setInterval(() => {
  later();
  if (heard && Date.now() - Math.max(heard, tried) > 12e3) {
    lost();
    connect();
  }
}, 1000);
connect();
})();
