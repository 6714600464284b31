/** Debian's Chromium, driven by playwright-core: no browser is downloaded. */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PATHS = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export async function openBrowser() {
  const executablePath = PATHS.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("no Chromium: apt-get install chromium fonts-dejavu-core, or set CHROMIUM to its path");
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath, args: isRoot ? ["--no-sandbox"] : [] });
}

/** A page that notes every error and every violation of the content-security policy. */
export async function openPage(browser, url, { locale = "en-GB", timezoneId = "Europe/Vienna", viewport = { width: 1920, height: 1080 }, ...options } = {}) {
  const context = await browser.newContext({ viewport, locale, timezoneId, ...options });
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && !/WebSocket|ERR_CONNECTION|status of (4|5)/.test(message.text()) && page.faults.push(message.text()));
  await page.goto(url);
  return page;
}
