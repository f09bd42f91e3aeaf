/** Which of our messages an incoming one answers. Pure. */

import type { ErrorFrame, ServerFrame } from "./frames.js";

type Fields = { [key: string]: unknown };

const isObject = (message: unknown): message is Fields =>
  typeof message === "object" && message !== null && !Array.isArray(message);

/** Tell our frames from API Gateway's own errors, `{message, connectionId, requestId}`, and from noise. */
export function isFrame(message: unknown): message is ServerFrame {
  if (!isObject(message) || typeof message.type !== "string") return false;
  return message.request_id === null || typeof message.request_id === "string";
}

/**
 * The id of the message that this one answers or belongs to.
 *
 * Errors about a message that could not be read, and API Gateway's own, name none: they belong to the single
 * one that waits for its first answer; with several it cannot be told.
 */
export function addressee(message: unknown, waiting: ReadonlyMap<string, string>): string | undefined {
  if (isFrame(message) && message.request_id !== null) return message.request_id;
  const nameless = isFrame(message) ? message.type === "error" : isObject(message) && "message" in message;
  return nameless && waiting.size === 1 ? [...waiting.keys()][0] : undefined;
}

/** API Gateway's own error as the error frame of the request that it must belong to. */
export function gatewayError(message: unknown, requestId: string, now: number): ErrorFrame {
  return {
    type: "error",
    request_id: requestId,
    timestamp: now / 1000,
    error: { code: "INTERNAL_ERROR", message: String((message as Fields).message), details: message },
  };
}
