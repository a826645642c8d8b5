// Opens a report in a real browser, hovers over its first chart over time, zooms by dragging,
// resets by a double click, and checks what a reader sees. With a second argument it also takes a
// picture of the chart "Worst of all attacks", as README.md shows it:
//
//     node --experimental-websocket tests/browser/report.mjs runs/quickstart/report.html [FILE.png]
//
// It needs Node.js 20 or newer, and Chromium, or the browser that $CHROME names.
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [page, picture] = process.argv.slice(2);
const port = 9222 + (process.pid % 2000);
const profile = mkdtempSync(join(tmpdir(), "report-"));
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
flags.push(`--user-data-dir=${profile}`, `--remote-debugging-port=${port}`, "about:blank");
const browser = spawn(process.env.CHROME ?? "chromium", flags, { stdio: "ignore" });
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
let tabs;
for (let n = 0; n < 60 && !tabs; n += 1) {
  await sleep(250);
  tabs = await fetch(`http://127.0.0.1:${port}/json`).then((r) => r.json()).catch(() => null);
}
const socket = new WebSocket(tabs.find((tab) => tab.type === "page").webSocketDebuggerUrl);
await new Promise((done) => { socket.onopen = done; });
const [waiting, requests, faults] = [new Map(), [], []];
socket.onmessage = ({ data }) => {
  const { id, method, params, result } = JSON.parse(data);
  if (id) waiting.get(id)(result);
  if (method === "Network.requestWillBeSent") requests.push(params.request.url);
  if (method === "Runtime.exceptionThrown") faults.push(params.exceptionDetails.text);
};
const send = (method, params = {}) => new Promise((done) => {
  waiting.set(waiting.size + 1, done);
  socket.send(JSON.stringify({ id: waiting.size, method, params }));
});
const read = async (expression) => {
  return (await send("Runtime.evaluate", { expression, returnByValue: true })).result.value;
};
const mouse = async (type, x, y, clickCount = 1) => {
  await send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount });
  await sleep(120);
};
let failed = 0;
const check = (what, holds, found) => {
  console.log(`${holds ? "ok    " : "FAILED"} ${what}: ${found}`);
  failed += holds ? 0 : 1;
};

await Promise.all(["Page", "Runtime", "Network"].map((domain) => send(`${domain}.enable`)));
const metrics = { width: 1280, height: 800, deviceScaleFactor: 1.4, mobile: false };
await send("Emulation.setDeviceMetricsOverride", metrics);
await send("Page.navigate", { url: `file://${resolve(page)}` });
await sleep(2000);
check("script errors", faults.length === 0, faults.length ? faults : 0);
check("files loaded", requests.length === 1, requests);
const count = (selector) => read(`document.querySelectorAll("${selector}").length`);
const drawn = await count(".uplot");
check("charts drawn", drawn > 0 && drawn === await count(".chart"), drawn);

await read(`overTime = [...document.querySelectorAll(".chart")]
  .find((chart) => JSON.parse(chart.querySelector("script").textContent).axis === "time")`);
await read("overTime.scrollIntoView({ block: 'center' })");
const frame = async (element) => {
  return JSON.parse(await read(`JSON.stringify(${element}.getBoundingClientRect())`));
};
const box = await frame("overTime.querySelector('.u-over')");
const [left, middle] = [box.x + 0.3 * box.width, box.y + box.height / 2];
const legend = () => read(`[...overTime.querySelectorAll(".u-series:not(.edge)")]
  .map((row) => row.innerText.replace("\\t", " ")).join(", ")`);
await mouse("mouseMoved", left, middle);
const before = await legend();
check("hover shows a date and values", /\d{4}-\d\d-\d\d.*\d×/.test(before), before);
await mouse("mousePressed", left, middle);
await mouse("mouseMoved", box.x + 0.5 * box.width, middle);
await mouse("mouseReleased", box.x + 0.5 * box.width, middle);
await mouse("mouseMoved", box.x + 1, middle);
const zoomed = await legend();
const month = /\d{4}-\d\d/.exec(before)?.[0];
check("dragging zooms to where it began", zoomed.includes(month), zoomed);
await mouse("mousePressed", left, middle, 1);
await mouse("mouseReleased", left, middle, 1);
await mouse("mousePressed", left, middle, 2);
await mouse("mouseReleased", left, middle, 2);
await mouse("mouseMoved", left + 1, middle);
await mouse("mouseMoved", left, middle);
check("a double click resets", (await legend()) === before, await legend());

if (picture) {
  await read("scrollTo(0, 0)");
  const { x, y, width, height } = await frame("document.querySelector('#attack-budget .chart')");
  const clip = { x: x - 10, y: y - 10, width: width + 20, height: height + 20, scale: 1 };
  const { data } = await send("Page.captureScreenshot", { clip, captureBeyondViewport: true });
  writeFileSync(picture, Buffer.from(data, "base64"));
}
socket.close();
browser.kill();
process.exit(failed ? 1 : 0);
