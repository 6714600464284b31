import { createHash } from "node:crypto";
import { defineConfig } from "vite";

/** Names the build, so that a board that hangs for weeks notices a new one. */
function buildName() {
  return {
    name: "build-name",
    generateBundle(_options, bundle) {
      const names = Object.keys(bundle).sort().join("\n");
      const build = createHash("sha256").update(names).digest("hex").slice(0, 12);
      this.emitFile({ type: "asset", fileName: "build.json", source: `${JSON.stringify({ build })}\n` });
    },
  };
}

export default defineConfig({
  base: "./",
  resolve: { alias: { react: "preact/compat" } },
  plugins: [buildName()],
  build: {
    // Of 2021: browsers of televisions are old.
    target: ["chrome90", "safari15", "firefox90"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", client: "src/embed.ts" },
      preserveEntrySignatures: "strict",
      output: { entryFileNames: (chunk) => (chunk.name === "client" ? "headroom-client.js" : "assets/[name]-[hash].js") },
    },
  },
});
