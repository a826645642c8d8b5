// Draws every `.chart` of the page with uPlot, from the JSON inside it. Colors are variables of the
// style sheet, read anew at every drawing, so that they follow light, dark and print.
"use strict";
(() => {
  const DASHES = { b1: [6, 3], b2: [1.5, 2.5], b3: [8, 3, 1.5, 3] };
  const FONT = '11.5px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
  const root = document.documentElement;
  const drawn = [];

  // Columns and series as uPlot wants them. The edges of a band stand before their series.
  function columns(chart) {
    const all = { data: [chart.x], series: [positions(chart)], bands: [] };
    for (const one of chart.series) {
      const [isOver, isArea] = [one.style === "over", one.style === "area"];
      const own = () => color(isOver ? "ink" : one.class || "ink");
      if (one.high) {
        const edges = [all.data.length, all.data.length + 1];
        all.bands.push({ series: edges, fill: () => `${own()}29` });
        all.data.push(one.high, one.low);
        const edge = { looks: ["edge"], stroke: "transparent", spanGaps: true };
        all.series.push(...edges.map(() => ({ ...edge, points: { show: false } })));
      }
      all.data.push(one.values);
      all.series.push({
        label: one.name,
        looks: [one.style, one.class].filter(Boolean),
        stroke: isArea ? "transparent" : own,
        width: isOver || one.class.startsWith("b") ? 1.3 : 2,
        dash: isOver ? undefined : DASHES[one.class],
        fill: isArea ? () => `${own()}52` : undefined,
        fillTo: 0,
        spanGaps: true,
        paths: isRows(chart) ? () => null : undefined,
        points: { show: one.style === "dots" && !isRows(chart), size: 7, fill: own },
        value: (_, value) => valueText(value, chart.format),
      });
    }
    return all;
  }

  function positions(chart) {
    const texts = { time: momentText, steps: (at) => valueText(at, "count") };
    const other = (at) => (isRows(chart) ? chart.rows[at].label : `${at} bps`);
    const write = texts[chart.axis] ?? other;
    return { label: "", value: (_, at) => (at == null ? "" : write(at)) };
  }

  function axes(chart) {
    const style = {
      font: FONT, stroke: () => color("muted"), labelFont: FONT, labelSize: 17, labelGap: 0,
      grid: { stroke: () => color("grid"), width: 1 },
      ticks: { stroke: () => color("rule"), width: 1, size: 4 },
    };
    // Room for the longest text of a vertical axis.
    const size = (_, texts) => 12 + 6.6 * Math.max(3, ...(texts ?? []).map((text) => text.length));
    const values = {
      ...style, scale: "y", side: isRows(chart) ? 2 : 3, space: isRows(chart) ? 60 : 34,
      values: (_, ticks, at, space, step) => ticks.map((tick) => valueText(tick, chart.format,
        chart.spacing === "log" ? tick : step)),
    };
    values.size = isRows(chart) ? 27 : size;
    if (chart.spacing === "log") {
      Object.assign(values, { splits: (_, at, low, high) => logTicks(low, high) });
      values.filter = (_, ticks) => ticks;
    }
    const base = { ...style, scale: "x", space: 62, size: 27, label: chart.axis_title };
    if (isRows(chart)) {
      Object.assign(base, { side: 3, size, label: null, grid: { show: false }, splits: () => chart.x });
      base.values = (_, ticks) => ticks.map((row) => chart.rows[row].label);
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

  // The nearest position where a series has a value: curves need not share all positions.
  function nearest(u, s, at) {
    for (let n = 0; n < 9; n += 1) {
      if (u.data[s][at - n] != null) return at - n;
      if (u.data[s][at + n] != null) return at + n;
    }
    return at;
  }

  function options(chart, all, width) {
    const { x, range, spacing } = chart;
    const rows = isRows(chart);
    const bySpan = { key: [chart.axis, x[0], x[x.length - 1]].join(" ") };
    const base = rows
      ? { time: false, ori: 1, dir: -1, range: [-0.5, x.length - 0.5] }
      : { time: chart.axis === "time" };
    const values = { ori: rows ? 0 : 1, dir: spacing === "down" ? -1 : 1 };
    if (spacing === "log") {
      values.distr = 3;
      values.range = (_, low, high) => [low / (high / low) ** 0.04, high * (high / low) ** 0.04];
    } else if (range) {
      values.range = range;
    }
    return {
      width, height: chart.height, series: all.series, bands: all.bands, axes: axes(chart),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      scales: { x: base, y: values },
      legend: { markers: { width: 0, fill: "transparent" } },
      cursor: {
        y: false, drag: { x: !rows, y: false }, sync: rows ? undefined : bySpan,
        dataIdx: rows ? undefined : nearest, points: { show: !rows },
      },
      hooks: {
        draw: [(u) => drawRules(u, chart), (u) => rows && drawRows(u, chart)],
        setSeries: [(u, s, change) => {
          const hasBand = change.show != null && all.series[s - 1].looks?.[0] === "edge";
          if (hasBand) for (const edge of [s - 1, s - 2]) u.setSeries(edge, change, false);
        }],
      },
    };
  }

  function resize() {
    for (const { u, place } of drawn) {
      u.setSize({ width: Math.max(place.clientWidth, 200), height: u.height });
    }
  }

  function redraw() {
    drawn.forEach(({ u }) => u.redraw());
  }

  for (const place of document.querySelectorAll(".chart")) {
    const chart = JSON.parse(place.querySelector("script").textContent);
    const all = columns(chart);
    const u = new uPlot(options(chart, all, Math.max(place.clientWidth, 200)), all.data, place);
    u.root.querySelectorAll(".u-series").forEach((row, s) => {
      row.classList.add(...(all.series[s].looks ?? ["base"]));
    });
    u.root.title = isRows(chart) ? "" : "Drag to zoom, double-click to reset";
    drawn.push({ u, place });
  }
  addEventListener("resize", resize);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  // Paper is light and narrow.
  const print = (action) => () => {
    root.classList[action]("print");
    resize();
  };
  addEventListener("beforeprint", print("add"));
  addEventListener("afterprint", print("remove"));
})();
