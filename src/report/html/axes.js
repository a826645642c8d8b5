// The axes of a chart: ticks, their texts, and the room that they take.
"use strict";
const FONT = '11.5px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const TITLES = {
  time: "bar end, UTC", steps: "environment steps", budgets: "attack budget per step, bps",
};

function positions(chart) {
  const write = {
    time: momentText,
    steps: (at) => valueText(at, "count"),
    budgets: (at) => `${at} bps`,
    rows: (at) => chart.rows[at].label,
  }[chart.axis];
  return { label: "", value: (_, at) => (at == null ? "" : write(at)) };
}

function axes(chart) {
  const style = {
    font: FONT, stroke: () => color("muted"), labelFont: FONT, labelSize: 17, labelGap: 0,
    grid: { stroke: () => color("grid"), width: 1 },
    ticks: { stroke: () => color("rule"), width: 1, size: 4 },
  };
  // Room for the longest text of a vertical axis.
  const size = (u, texts) => {
    u.ctx.font = FONT;
    return 14 + Math.max(14, ...(texts ?? []).map((text) => u.ctx.measureText(text).width));
  };
  const values = {
    ...style, scale: "y", side: isRows(chart) ? 2 : 3, space: isRows(chart) ? 42 : 34,
    values: (_, ticks, at, space, step) => ticks.map((tick) => valueText(tick, chart.format,
      chart.spacing === "log" ? tick : step)),
  };
  values.size = isRows(chart) ? 27 : size;
  if (chart.spacing === "log") {
    Object.assign(values, { splits: (_, at, low, high) => logTicks(low, high) });
    values.filter = (_, ticks) => ticks;
  }
  const base = { ...style, scale: "x", space: 62, size: 27, label: TITLES[chart.axis] };
  if (isRows(chart)) {
    Object.assign(base, { side: 3, size, grid: { show: false } });
    base.splits = () => [...chart.rows.keys()];
    base.values = () => chart.rows.map((row) => row.label);
  } else if (chart.axis === "budgets") {
    let end;
    base.splits = (u) => chart.x;
    base.values = (u, ticks) => (end = -99) && ticks.map((tick) => {
      const at = u.valToPos(tick, "x");
      if (at - end < 26) return "";
      end = at;
      return `${tick}`;
    });
  } else if (chart.axis === "steps") {
    base.values = (_, ticks, at, space, step) => ticks.map((t) => valueText(t, "count", step));
  } else {
    base.values = (_, ticks, at, space, step) => ticks.map((t, n) => dateText(t, step, n === 0));
  }
  return [base, values];
}
