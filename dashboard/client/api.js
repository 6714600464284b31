/** Prints the declarations of the package, without comments. `npm run api` keeps them in api.txt. */
import { readFileSync } from "node:fs";

const MODULES = ["index", "client", "query", "store", "protocol", "buckets", "sum", "transport", "react", "svelte", "element"];

for (const name of MODULES) {
  const text = readFileSync(new URL(`dist/${name}.d.ts`, import.meta.url), "utf8");
  const code = text.replace(/\/\*\*[\s\S]*?\*\//g, "").replace(/^\s*\n/gm, "");
  process.stdout.write(`// ${name}\n${code}\n`);
}
