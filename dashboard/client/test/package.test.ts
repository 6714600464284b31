/** What others install: small, typed, ESM, and not changed by accident. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { rolldown } from "rolldown";

const folder = new URL("../../../", import.meta.url).pathname;

async function gzipBytes(entry: string): Promise<number> {
  const external = entry === "index" ? [] : [/index\.js$/, "react"];
  const bundle = await rolldown({ input: `${folder}dist/${entry}.js`, external });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  return gzipSync(output[0].code.replaceAll("/* @__PURE__ */ ", ""), { level: 9 }).length;
}

test("the client has at most 6 KB gzipped, and each entry half a KB", async () => {
  const size = await gzipBytes("index");
  assert.ok(size <= 6 * 1024, `${size} bytes`);
  for (const entry of ["react", "svelte", "element"]) {
    const bytes = await gzipBytes(entry);
    assert.ok(bytes <= 512, `${entry}: ${bytes} bytes`);
  }
});

test("the client has no dependency", () => {
  const manifest = JSON.parse(readFileSync(`${folder}package.json`, "utf8"));
  assert.equal(manifest.dependencies, undefined);
});

test("publint finds nothing", async () => {
  const { messages, pkg } = await publint({ pkgDir: folder, pack: false, strict: true });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg, { color: false })), []);
});

test("types are found however the package is imported", () => {
  execFileSync("npx", ["attw", "--pack", folder, "--profile", "esm-only", "--quiet"], { cwd: folder, stdio: "pipe" });
});

test("the interface changes only together with api.txt (npm run api)", () => {
  const report = readFileSync(`${folder}api.txt`, "utf8");
  assert.equal(execFileSync(process.execPath, [`${folder}api.js`], { encoding: "utf8" }), report);
  assert.ok(readdirSync(`${folder}dist`).includes("index.js"));
});
