/** The core as a bundler ships it: under 7 KB compressed, and with nothing of anybody else's in it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const LIMIT = 7 * 1024;

test("the core's size", async (context) => {
  const made = await build({
    entryPoints: ["dist/index.js"],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    metafile: true,
  });
  const code = made.outputFiles[0]!.contents;
  const compressed = gzipSync(code, { level: 9 }).length;
  context.diagnostic(`core: ${code.length} bytes, ${compressed} compressed, of ${LIMIT}`);
  assert.ok(compressed < LIMIT, `${compressed} bytes`);
  assert.deepEqual(Object.keys(made.metafile.inputs).filter((file) => !file.startsWith("dist/")), []);
});
