/** Which progress still counts: what an attempt says that another has replaced is superseded. Pure. */

import type { ProgressFrame } from "./frames.js";

export class Attempts {
  #stage: string | undefined;
  #newest = new Map<string, number>();

  /**
   * Take a job's next progress frame. "first" of a stage or an attempt, "later" of the same one, "superseded"
   * where its attempt was followed by another, or its stage by the next.
   */
  take({ stage, attempt }: ProgressFrame): "first" | "later" | "superseded" {
    const newest = this.#newest.get(stage) ?? 0;
    if (stage === this.#stage && attempt === newest) return "later";
    if (attempt <= newest) return "superseded";
    this.#stage = stage;
    this.#newest.set(stage, attempt);
    return "first";
  }
}
