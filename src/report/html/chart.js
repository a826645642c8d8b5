// Draws every `.chart` of the page with uPlot, from the JSON inside it. Colors are variables of the
// style sheet, read anew at every drawing, so that they follow light, dark and print.
"use strict";
(() => {
  const DASHES = { b1: [6, 3], b2: [1.5, 2.5], b3: [8, 3, 1.5, 3] };
  const root = document.documentElement;
  const drawn = [];

  // Columns and series as uPlot wants them. The edges of a band stand before their series.
  function columns(chart) {
    const all = { data: [chart.x], series: [positions(chart)], bands: [] };
    for (const one of chart.series) {
      const [isOver, isArea] = [one.style === "over", one.style === "area"];
      const own = () => color(isOver ? "ink" : one.class || "ink");
      if (one.edges.length && !isRows(chart)) {
        const edges = [all.data.length + 1, all.data.length];
        all.bands.push({ series: edges, fill: () => `${own()}29` });
        all.data.push(...[0, 1].map((side) => one.edges.map((edge) => edge[side])));
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

  // The nearest position where a series has a value: curves need not share all positions.
  function nearest(u, s, at) {
    for (let n = 0; n < 9; n += 1) {
      if (u.data[s][at - n] != null) return at - n;
      if (u.data[s][at + n] != null) return at + n;
    }
    return at;
  }

  // Rows need room for their marks; the style sheet sets the height of other charts.
  function size(chart, place) {
    const width = Math.max(place.clientWidth, 200);
    const height = parseFloat(getComputedStyle(place).getPropertyValue("--height"));
    const perRow = chart.rows[0]?.class ? 44 : 6 * chart.series.length + 16;
    return { width, height: isRows(chart) ? 60 + perRow * chart.rows.length : height };
  }

  function options(chart, all, place) {
    const { x, range, spacing } = chart;
    const rows = isRows(chart);
    const bySpan = { key: [chart.axis, x[0], x[x.length - 1]].join(" ") };
    const base = rows
      ? { time: false, ori: 1, dir: -1, range: [-0.5, chart.rows.length - 0.5] }
      : { time: chart.axis === "time" };
    const values = { ori: rows ? 0 : 1, dir: spacing === "down" ? -1 : 1 };
    if (spacing === "log") {
      values.distr = 3;
      values.range = (_, low, high) => {
        const pad = Math.max(1.02, (high / low) ** 0.04);
        return low > 0 ? [low / pad, high * pad] : [0.5, 2];
      };
    } else if (range) {
      values.range = spacing === "down" ? [0, range[1]] : range;
    }
    return {
      padding: [8, rows ? 14 : 26, null, null],
      ...size(chart, place), series: all.series, bands: all.bands, axes: axes(chart),
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
          const isEdge = (at) => all.series[at]?.looks?.[0] === "edge";
          if (change.show == null || isEdge(s) || !isEdge(s - 1)) return;
          for (const edge of [s - 1, s - 2]) u.setSeries(edge, { show: change.show }, false);
        }],
      },
    };
  }

  function resize() {
    for (const { u, chart, place } of drawn) u.setSize(size(chart, place));
  }

  function redraw() {
    drawn.forEach(({ u }) => u.redraw());
  }

  for (const place of document.querySelectorAll(".chart")) {
    const chart = JSON.parse(place.querySelector("script").textContent);
    const all = columns(chart);
    const u = new uPlot(options(chart, all, place), all.data, place);
    u.root.querySelectorAll(".u-series").forEach((row, s) => {
      row.classList.add(...(all.series[s].looks ?? ["base"]));
    });
    u.root.title = isRows(chart) ? "" : "Drag to zoom, double-click to reset";
    drawn.push({ u, chart, place });
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
