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
  for (const row of isRows(chart) ? chart.x.slice(1) : []) {
    const at = u.valToPos(row - 0.5, "x", true);
    line(u, [left, at], [right, at], color("grid"), 1);
  }
  if (chart.rule != null) {
    const at = u.valToPos(chart.rule, "y", true);
    if (isRows(chart)) line(u, [at, top], [at, bottom], color("zero"), 1);
    else if (at >= top && at <= bottom) line(u, [left, at], [right, at], color("zero"), 1);
  }
  for (const [position, label] of chart.marks) {
    const at = u.valToPos(position, "x", true);
    if (at < left || at > right) continue;
    const isRight = at > left + width / 2;
    line(u, [at, top], [at, bottom], color("muted"), 1, [2, 3]);
    u.ctx.fillStyle = color("muted");
    u.ctx.font = `italic ${11.5 * pixel}px system-ui, sans-serif`;
    u.ctx.textAlign = isRight ? "right" : "left";
    u.ctx.fillText(label, at + (isRight ? -5 : 5) * pixel, top + 12 * pixel);
  }
}

// The marks in the rows of a chart, their bars and seeds. Rows with a color hold one policy each,
// whose marks share a line; else the series of a row stand below each other.
function drawRows(u, chart) {
  const pixel = devicePixelRatio;
  chart.series.forEach((series, s) => series.values.forEach((value, row) => {
    if (value == null || !u.series[s + 1].show) return;
    const tint = color(series.class || chart.rows[row].class);
    const shift = series.class ? 6 * (s - (chart.series.length - 1) / 2) : 0;
    const y = u.valToPos(row, "x", true) + shift * pixel;
    const across = (value) => u.valToPos(value, "y", true);
    const isDot = series.style === "dots";
    for (const seed of series.seeds?.[row] ?? []) {
      const tick = y + (isDot ? -13 : 8) * pixel;
      line(u, [across(seed), tick], [across(seed), tick + 5 * pixel], tint, 1.4);
    }
    const low = series.low?.[row];
    if (low != null) line(u, [across(low), y], [across(value), y], `${tint}73`, 3);
    u.ctx.beginPath();
    u.ctx.arc(across(value), y, (isDot || !series.class ? 4.5 : 3) * pixel, 0, 2 * Math.PI);
    u.ctx.fillStyle = isDot ? tint : color("card");
    u.ctx.fill();
    u.ctx.setLineDash([]);
    u.ctx.lineWidth = 2 * pixel;
    u.ctx.strokeStyle = tint;
    u.ctx.stroke();
  }));
}
