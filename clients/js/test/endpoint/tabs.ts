/**
 * `node tabs.js CHROMIUM URL…`: open each address in a tab of one browser, and print what they tell as lines of JSON, each
 * with the tab's number. A line on standard input, "close N" or "crash N", ends a tab; the end of input ends it all.
 */

import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [executablePath, ...urls] = process.argv.slice(2) as [string, ...string[]];
const print = (said: unknown) => console.log(JSON.stringify(said));
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"],
});
const context = await browser.newContext();
const pages = [];
for (const [tab, url] of urls.entries()) {
  const page = await context.newPage();
  await page.exposeFunction("tell", (said: object) => print({ tab, ...said }));
  page.on("pageerror", (error) => print({ tab, error: String(error) }));
  page.on("websocket", () => print({ tab, socket: true }));
  await page.goto(url);
  pages.push(page);
}
for await (const line of createInterface(process.stdin)) {
  const [how, which] = line.split(" ");
  const page = pages[Number(which)]!;
  if (how === "close") await page.close();
  else void page.goto("chrome://crash").catch(() => {});
}
await browser.close();
