// What uPlot does not draw: rules, marks with a text, and the dots in charts of rows.
"use strict";
const color = (name) => {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
};
const isRows = (chart) => chart.axis === "rows";

function line(u, from, to, stroke, width, dash = []) {
  const { ctx } = u;
  ctx.strokeStyle = stroke;
  ctx.lineWidth = width * devicePixelRatio;
  ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
}

// The rule and the marks of a chart.
function drawRules(u, chart) {
  const { left, top, width, height } = u.bbox;
  const [right, bottom, pixel] = [left + width, top + height, devicePixelRatio];
  for (const row of isRows(chart) ? chart.rows.keys() : []) {
    const at = u.valToPos(row - 0.5, "x", true);
    line(u, [left, at], [right, at], color("grid"), 1);
  }
  if (chart.rule != null) {
    const at = u.valToPos(chart.rule, "y", true);
    if (isRows(chart)) line(u, [at, top], [at, bottom], color("zero"), 1);
    else if (at >= top && at <= bottom) line(u, [left, at], [right, at], color("zero"), 1);
  }
  if (chart.mark) {
    const [position, label] = chart.mark;
    const at = u.valToPos(position, "x", true);
    if (at < left || at > right) return;
    const isRight = at > left + width / 2;
    line(u, [at, top], [at, bottom], color("muted"), 1, [2, 3]);
    u.ctx.font = `italic ${11.5 * pixel}px system-ui, sans-serif`;
    u.ctx.textAlign = "left";
    // The text stands on a ground of its own, so that no curve strikes it through.
    const length = u.ctx.measureText(label).width;
    const begin = isRight ? at - length - 7 * pixel : at + 5 * pixel;
    u.ctx.fillStyle = color("card");
    u.ctx.fillRect(begin - 2 * pixel, top + pixel, length + 4 * pixel, 15 * pixel);
    u.ctx.fillStyle = color("muted");
    u.ctx.fillText(label, begin, top + 12 * pixel);
  }
}

// The dots of a chart of rows, their bars, and the ticks of single seeds. Where rows have colors,
// each is one policy and its dots share a line; else the series stand below each other.
function drawRows(u, chart) {
  const pixel = devicePixelRatio;
  const across = (value) => u.valToPos(value, "y", true);
  const middle = (row) => u.valToPos(row, "x", true);
  chart.rows.forEach(({ class: name, seeds }, row) => seeds.forEach((values, side) => {
    for (const value of values) {
      const top = middle(row) + [-13, 8][side] * pixel;
      line(u, [across(value), top], [across(value), top + 5 * pixel], color(name), 1.4);
    }
  }));
  chart.series.forEach((series, s) => series.values.forEach((value, n) => {
    if (value == null || !u.series[s + 1].show) return;
    const row = chart.rows[chart.x[n]];
    const tint = color(series.class || row.class);
    const shift = series.class ? 6 * (s - (chart.series.length - 1) / 2) : 0;
    const y = middle(chart.x[n]) + shift * pixel;
    const [low, high] = series.edges[n] ?? [value, value];
    line(u, [across(low), y], [across(high), y], `${tint}73`, 3);
    const isDot = series.style === "dots";
    u.ctx.beginPath();
    u.ctx.arc(across(value), y, (isDot || row.class ? 4.5 : 3) * pixel, 0, 2 * Math.PI);
    u.ctx.fillStyle = isDot ? tint : color("card");
    u.ctx.fill();
    u.ctx.setLineDash([]);
    u.ctx.lineWidth = 2 * pixel;
    u.ctx.strokeStyle = tint;
    u.ctx.stroke();
  }));
}
