// Texts of values, positions and dates, written as in the tables of the page.
"use strict";
const DAY = 86400;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

// The fewest decimals that write multiples of a step exactly, at most six.
function decimals(step) {
  let n = 0;
  while (n < 6 && Math.abs(step * 10 ** n - Math.round(step * 10 ** n)) > 1e-6) n += 1;
  return n;
}

// A typographic minus, and no negative zero.
function fixed(value, digits, unit) {
  return value.toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "−") + unit;
}

// A value; with the decimals of a tick where the distance between ticks is given.
function valueText(value, format, step) {
  if (value == null) return "";
  const size = Math.abs(value);
  const digits = (factor, usual) => (step ? decimals(step * factor) : usual);
  if (format === "percent") return fixed(value * 100, digits(100, 1), " %");
  if (format === "fine_percent") return fixed(value * 100, digits(100, 2), " %");
  if (format === "multiple") return fixed(value, digits(1, 2), "×");
  if (format === "count") {
    if (size >= 1e6) return fixed(value / 1e6, Math.min(2, digits(1e-6, 2)), " M");
    if (size >= 1e3) return fixed(value / 1e3, Math.min(1, digits(1e-3, 1)), " k");
    return fixed(value, 0, "");
  }
  if (size >= 1e6 || (size > 0 && size < 1e-4)) {
    return value.toExponential(1).replaceAll("-", "−").replace("+", "");
  }
  const significant = size > 0 ? 2 - Math.floor(Math.log10(size)) : 0;
  return fixed(value, digits(1, Math.min(6, Math.max(0, significant))), "");
}

// `2012-03-05 21:00`, UTC.
function momentText(seconds) {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
}

// A tick of an axis of time; the first one and every January show the year.
function dateText(seconds, step, isFirst) {
  const at = new Date(seconds * 1000);
  const [year, month] = [at.getUTCFullYear(), MONTHS[at.getUTCMonth()]];
  if (step >= 365 * DAY) return `${year}`;
  if (step >= 28 * DAY) return isFirst || month === "Jan" ? `${month} ${year}` : month;
  if (step < DAY && seconds % DAY !== 0) return momentText(seconds).slice(11);
  const day = `${at.getUTCDate()} ${month}`;
  return isFirst && step >= DAY ? `${day} ${year}` : day;
}

// Round numbers of a logarithmic axis; of equal distance where it spans less than a decade.
function logTicks(low, high) {
  const power = 10 ** Math.floor(Math.log10(high));
  const steps = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2].map((digit) => digit * power);
  const step = steps.find((step) => (high - low) / step < 8);
  const ticks = [];
  if (high / low < 10) {
    for (let n = Math.ceil(low / step); n * step <= high; n += 1) ticks.push(n * step);
  } else {
    const digits = high / low < 1000 ? [1, 2, 5] : [1];
    let decade = 10 ** Math.floor(Math.log10(low));
    for (; decade <= high; decade *= 10) ticks.push(...digits.map((digit) => digit * decade));
  }
  return ticks.map((tick) => +tick.toPrecision(6)).filter((at) => at >= low && at <= high);
}
