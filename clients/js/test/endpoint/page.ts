/**
 * `node page.js CHROMIUM URL`: show a page, and print what it shows whenever that changes, as lines of JSON. A line on
 * standard input is the path of a picture to take; the end of input ends it.
 */

import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [executablePath, url] = process.argv.slice(2) as [string, string];
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 640, height: 200 } });
await page.exposeFunction("shown", (what: unknown) => console.log(JSON.stringify(what)));
page.on("pageerror", (error) => console.log(JSON.stringify({ error: String(error) })));
page.on("websocket", (socket) => console.log(JSON.stringify({ socket: socket.url() })));
await page.addInitScript(() => {
  let before = "";
  const look = () => {
    const find = <E extends HTMLElement>(id: string) => document.getElementById(id) as E | null;
    const [bar, said, line] = [find<HTMLProgressElement>("bar"), find("said"), find("line")];
    const what = { bar: bar?.value, said: said?.textContent, line: line?.textContent, link: said?.querySelector("a")?.href };
    if (JSON.stringify(what) !== before) void (window as any).shown(what);
    before = JSON.stringify(what);
    requestAnimationFrame(look);
  };
  look();
});
await page.goto(url);
for await (const path of createInterface(process.stdin)) {
  await page.screenshot({ path });
  console.log(JSON.stringify({ picture: path }));
}
await browser.close();
