// Reads `{policies: [policy…], asked: [{policy, action, resource, keys}…]}`, and prints each one's result as JSON.
// `policy` is a number of the list; a result is Allowed, ImplicitlyDenied, or what is wrong with what was asked.
import { readFileSync } from "node:fs";

import { runSimulation } from "@cloud-copilot/iam-simulate";

const ACCOUNT = "123456789012";
const { policies, asked } = JSON.parse(readFileSync(0, "utf8"));
const results = [];
for (const { policy, action, resource, keys } of asked) {
  const said = await runSimulation(
    {
      request: {
        action,
        principal: `arn:aws:iam::${ACCOUNT}:role/a`,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: keys,
      },
      identityPolicies: [{ name: "role", policy: policies[policy] }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  results.push(said.resultType === "error" ? said.errors : said.overallResult);
}
process.stdout.write(JSON.stringify(results));
