/**
 * `node tabs.js CHROMIUM URL…`: open each address in a tab of one browser, and print what they tell as lines of JSON, each
 * with the tab's number. A line on standard input takes a tab away: "close N", "crash N", or "freeze N", after which the others
 * are looked at every second. The end of input ends it all.
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
const thaw: (() => Promise<unknown>)[] = [];
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
  else if (how === "freeze") {
    const session = await context.newCDPSession(page);
    await session.send("Debugger.enable");
    await session.send("Debugger.pause"); // its socket stays open, and nothing of its code runs
    const others = pages.filter((each) => each !== page);
    const look = () => void setInterval(() => document.dispatchEvent(new Event("visibilitychange")), 1000);
    await Promise.all(others.map((other) => other.evaluate(look)));
    thaw.push(() => session.send("Debugger.resume"));
  } else void page.goto("chrome://crash").catch(() => {});
}
await Promise.all(thaw.map((each) => each())); // a frozen tab holds the browser up for half a minute
await browser.close();
