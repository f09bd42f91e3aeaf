/** `node main.js ws://…/control` */

import { drive } from "./driver.js";

await drive(process.argv[2]!);
