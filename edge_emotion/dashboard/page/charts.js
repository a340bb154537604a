// Three charts on canvases. Colours come from the style sheet, so that dark and light need no second drawing.

const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
export const CLASS_COLOURS = ['--one', '--two', '--three', '--four'];

function begin(canvas) {
  const scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const pen = canvas.getContext('2d');
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = '12px system-ui, sans-serif';
  return {pen, width, height};
}

function range(blocks, fromS) {
  let low = Infinity, high = -Infinity;
  for (const block of blocks) {
    block.values.forEach((v, i) => {
      if (v !== null && block.time_s + i / block.rate_hz >= fromS) { low = Math.min(low, v); high = Math.max(high, v); }
    });
  }
  return low > high ? null : [low, high];
}

// One signal with marks: blocks of samples, and {at, tall} for each beat or response.
export function trace(canvas, blocks, marks, nowS, spanS, leastRange, unit) {
  const {pen, width, height} = begin(canvas);
  const fromS = nowS - spanS, found = range(blocks, fromS);
  if (!found) { pen.fillStyle = style('--soft'); pen.fillText('no signal', 8, 20); return; }
  const middle = (found[0] + found[1]) / 2, half = Math.max(leastRange, found[1] - found[0]) * 0.56;
  const x = s => (s - fromS) / spanS * width;
  const y = v => height - 8 - (v - (middle - half)) / (2 * half) * (height - 16);
  pen.strokeStyle = style('--grid');
  pen.lineWidth = 1;
  const step = spanS > 30 ? 20 : 1;
  for (let s = Math.ceil(fromS / step) * step; s < nowS; s += step) line(pen, x(s), 0, x(s), height);
  pen.strokeStyle = style('--two');
  pen.lineWidth = 1.5;
  for (const at of marks) if (at >= fromS) line(pen, x(at), 0, x(at), 12);
  pen.strokeStyle = style('--one');
  pen.lineWidth = 1.6;
  pen.lineJoin = 'round';
  let down = false, lastS = -Infinity;
  pen.beginPath();
  for (const block of blocks) {
    block.values.forEach((v, i) => {
      const s = block.time_s + i / block.rate_hz;
      if (v === null || s < fromS - 1) { down = false; return; }
      const joined = down && s - lastS < 3 / block.rate_hz;
      if (joined) pen.lineTo(x(s), y(v)); else pen.moveTo(x(s), y(v));
      down = true;
      lastS = s;
    });
  }
  pen.stroke();
  pen.fillStyle = style('--soft');
  pen.fillText(`${found[0].toFixed(2)} to ${found[1].toFixed(2)} ${unit}`, 6, height - 4);
}

function line(pen, x0, y0, x1, y1) {
  pen.beginPath();
  pen.moveTo(x0, y0);
  pen.lineTo(x1, y1);
  pen.stroke();
}

// Probabilities over time; where the model said nothing the band is hatched.
export function timeline(canvas, reports, labels, nowS, spanS, hopS) {
  const {pen, width, height} = begin(canvas);
  const fromS = nowS - spanS, x = s => (s - fromS) / spanS * width, y = p => height - 4 - p * (height - 8);
  pen.strokeStyle = style('--grid');
  for (const p of [0, 0.25, 0.5, 0.75, 1]) line(pen, 0, y(p), width, y(p));
  for (const report of reports) {
    if (report.end_s < fromS || report.label !== null) continue;
    hatch(pen, Math.max(0, x(report.end_s - hopS)), x(report.end_s), height);
  }
  labels.forEach((label, index) => {
    pen.strokeStyle = style(CLASS_COLOURS[index % CLASS_COLOURS.length]);
    pen.lineWidth = 2;
    pen.beginPath();
    let down = false;
    for (const report of reports) {
      const p = report.probabilities[label];
      if (p === undefined || report.end_s < fromS) { down = false; continue; }
      if (down) pen.lineTo(x(report.end_s), y(p)); else pen.moveTo(x(report.end_s), y(p));
      down = true;
    }
    pen.stroke();
  });
}

function hatch(pen, x0, x1, height) {
  pen.save();
  pen.beginPath();
  pen.rect(x0, 0, Math.max(1, x1 - x0), height);
  pen.clip();
  pen.strokeStyle = style('--hole');
  pen.lineWidth = 2;
  for (let x = Math.floor((x0 - height) / 8) * 8; x < x1; x += 8) line(pen, x, height, x + height, 0);
  pen.restore();
}
