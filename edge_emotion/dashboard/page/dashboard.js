import {CLASS_COLOURS, timeline, trace} from './charts.js';

const CARDIAC_S = 10, SKIN_S = 120, TIMELINE_S = 1200, TABLE_ROWS = 12;
const by = id => document.getElementById(id);
const session = {};

function reset(facts) {
  Object.assign(session, {
    facts, samples: {ecg: [], bvp: [], eda: []}, beats: [], responses: [], reports: [], batteries: {},
    lost: {}, state: null, reachedS: 0, reachedAt: performance.now(), dirty: true,
  });
  by('title').textContent = facts.title;
  document.title = `${facts.wearer} · edge-emotion`;
}

function take(item) {
  const reached = s => { if (s > session.reachedS) { session.reachedS = s; session.reachedAt = performance.now(); } };
  switch (item.type) {
    case 'samples': {
      const blocks = session.samples[item.modality];
      blocks.push(item);
      reached(item.time_s + item.values.length / item.rate_hz);
      const spanS = item.modality === 'eda' ? SKIN_S : CARDIAC_S;
      while (blocks.length && blocks[0].time_s < session.reachedS - spanS - 5) blocks.shift();
      break;
    }
    case 'beat': keep(session.beats, item.time_s, 64); break;
    case 'scr': keep(session.responses, item.peak_s, 64); break;
    case 'report': keep(session.reports, item, 240); break;
    case 'state': session.state = item; break;
    case 'gap': if (item.cause !== 'end') session.lost[item.modality] = (session.lost[item.modality] || 0) + item.end_s - item.start_s; break;
    case 'sensor': if (item.kind === 'battery') session.batteries[item.sensor] = item.value; break;
  }
  session.dirty = true;
}

function keep(list, item, most) {
  list.push(item);
  if (list.length > most) list.shift();
}

function bars(box, entries, colour) {
  box.replaceChildren(...entries.map(({name, share, reason}, index) => {
    const row = document.createElement('div');
    row.className = 'bar';
    const label = document.createElement('span'), meter = document.createElement('div'), figure = document.createElement('span');
    const filled = document.createElement('div');
    label.textContent = name;
    meter.className = 'meter';
    meter.setAttribute('role', 'meter');
    meter.setAttribute('aria-label', name);
    meter.setAttribute('aria-valuenow', share.toFixed(2));
    meter.setAttribute('aria-valuemin', '0');
    meter.setAttribute('aria-valuemax', '1');
    filled.style.width = `${100 * Math.max(0, Math.min(1, share))}%`;
    filled.style.background = `var(${colour ? CLASS_COLOURS[index % CLASS_COLOURS.length] : '--soft'})`;
    meter.append(filled);
    figure.textContent = share.toFixed(2);
    figure.className = 'figure';
    row.append(label, meter, figure);
    if (reason) {
      const text = document.createElement('span');
      text.className = 'reason';
      text.textContent = reason;
      row.append(text);
    }
    return row;
  }));
}

const figure = (value, digits) => value === null || value === undefined ? '–' : value.toFixed(digits);
const clock = s => {
  const whole = Math.max(0, Math.floor(s)), pad = n => String(n).padStart(2, '0');
  return whole >= 3600 ? `${Math.floor(whole / 3600)}:${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}` : `${Math.floor(whole / 60)}:${pad(whole % 60)}`;
};

function tell() {
  const report = session.reports.at(-1);
  const state = session.state;
  by('state').textContent = state ? state.text : 'connecting';
  by('state').classList.toggle('bad', !!state && ['stalled', 'reconnecting'].includes(state.state));
  by('elapsed').textContent = clock(session.reachedS);
  const levels = Object.entries(session.batteries).map(([sensor, level]) => `${sensor} ${level} %`);
  by('battery').textContent = levels.join(', ') || 'not told';
  const lost = Object.entries(session.lost).map(([modality, s]) => `${modality} ${s.toFixed(1)} s`);
  by('lost').textContent = lost.join(', ') || 'nothing';
  if (report) verdict(report);
}

function verdict(report) {
  const label = by('label'), said = report.label ?? 'says nothing';
  if (label.textContent !== said) label.textContent = said;
  label.classList.toggle('silent', report.label === null);
  by('why').textContent = report.why || report.compared;
  bars(by('classes'), session.facts.labels.map(name => ({name, share: report.probabilities[name] ?? 0})), true);
  bars(by('shares'), session.facts.roles.map(name => ({name, share: report.contributions[name] ?? 0})));
  bars(by('quality'), Object.entries(report.quality).map(([name, q]) => ({name, share: q.index, reason: q.reasons.join(', ').replaceAll('_', ' ')})));
  by('hr').textContent = figure(report.heart_rate_bpm, 0);
  by('rmssd').textContent = figure(report.rmssd_ms, 0);
  by('eda').textContent = figure(report.eda_us, 2);
  by('scr').textContent = figure(report.scr_per_min, 1);
  const tookMs = Object.values(report.latency_ms).reduce((sum, ms) => sum + ms, 0);
  by('latency').textContent = `${tookMs.toFixed(1)} ms of ${(session.facts.hop_s * 1000).toFixed(0)} ms`;
  by('rows').replaceChildren(...session.reports.slice(-TABLE_ROWS).reverse().map(row));
}

function row(report) {
  const line = document.createElement('tr');
  const says = report.label === null ? report.why : `${report.label} ${figure(report.probabilities[report.label], 2)}`;
  for (const text of [clock(report.end_s), says, figure(report.heart_rate_bpm, 0), figure(report.eda_us, 2)]) {
    const cell = document.createElement('td');
    cell.textContent = text;
    line.append(cell);
  }
  return line;
}

function legend() {
  by('legend').replaceChildren(...session.facts.labels.flatMap((name, index) => {
    const key = document.createElement('span');
    key.className = 'key';
    key.style.background = `var(${CLASS_COLOURS[index % CLASS_COLOURS.length]})`;
    const text = document.createElement('span');
    text.textContent = name;
    return [key, text];
  }), 'hatched: the model said nothing');
}

let paused = false;
function draw() {
  if (!session.facts || paused) return;
  const silentS = (performance.now() - session.reachedAt) / 1000;
  by('age').textContent = session.reachedS ? `${silentS.toFixed(1)} s ago` : '–';
  if (session.dirty) tell();
  session.dirty = false;
  const heart = session.samples.ecg.length ? session.samples.ecg : session.samples.bvp;
  trace(by('cardiac'), heart, session.beats, session.reachedS, CARDIAC_S, 0.2, heart === session.samples.ecg ? 'mV' : '');
  trace(by('skin'), session.samples.eda, session.responses, session.reachedS, SKIN_S, 0.05, 'µS');
  timeline(by('timeline'), session.reports, session.facts.labels, session.reachedS, TIMELINE_S, session.facts.hop_s);
}

let stream;
function listen(wearer) {
  stream?.close();
  stream = new EventSource(`events?wearer=${encodeURIComponent(wearer)}`);
  stream.onmessage = event => {
    const message = JSON.parse(event.data);
    if (message.type === 'begin') { reset(message.facts); legend(); }
    message.items.forEach(take);
    document.body.dataset.items = Number(document.body.dataset.items || 0) + message.items.length;
    if (!document.hidden) requestAnimationFrame(draw);
  };
  stream.onerror = () => { by('state').textContent = 'no answer from this page’s server; trying again'; by('state').classList.add('bad'); };
}

function pause() {
  paused = !paused;
  by('pause').setAttribute('aria-pressed', String(paused));
  by('pause').textContent = paused ? 'Go on' : 'Pause';
  draw();
}

function theme() {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const now = document.documentElement.dataset.theme ?? (dark ? 'dark' : 'light');
  document.documentElement.dataset.theme = now === 'dark' ? 'light' : 'dark';
  draw();
}

by('pause').addEventListener('click', pause);
by('theme').addEventListener('click', theme);
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('select, input')) return;
  if (event.key === 'p') pause();
  if (event.key === 't') theme();
});
addEventListener('resize', draw);
document.addEventListener('visibilitychange', draw);
setInterval(draw, 1000);

const names = await (await fetch('wearers')).json();
if (names.length > 1) {
  by('chooser').hidden = false;
  by('wearer').append(...names.map(name => new Option(name, name)));
  by('wearer').addEventListener('change', event => listen(event.target.value));
}
listen(names[0]);
