// Prints what AsyncAPI's own parser holds against each document: a line of JSON each, [] for a good one.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const ERROR = 0;
const parser = new Parser();

for (const path of process.argv.slice(2)) {
  const { document, diagnostics } = await parser.parse(readFileSync(path, "utf8"));
  const errors = diagnostics.filter((each) => each.severity === ERROR);
  if (!document && errors.length === 0) throw new Error(`${path}: no document and no error`);
  console.log(JSON.stringify(errors.map((each) => `${each.path.join(".")}: ${each.message}`)));
}
