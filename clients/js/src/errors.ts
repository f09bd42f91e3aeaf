/** What goes wrong between a client and its endpoint. */

import type { ErrorCode, ErrorFrame, PartialResult } from "./frames.js";

/** Base of everything that the client raises on its own account. */
export class StreamerError extends Error {
  override name = "StreamerError";
}

/** The server answered with an error frame. `partial` is what a job that had begun leaves behind. */
export class RequestFailed extends StreamerError {
  override name = "RequestFailed";
  readonly code: ErrorCode;
  readonly details: unknown;
  readonly partial: PartialResult | undefined;
  readonly requestId: string | null;

  constructor(frame: ErrorFrame) {
    const { code, message, details } = frame.error;
    super(`${code}: ${message}`);
    this.code = code;
    this.details = details;
    this.partial = frame.partial;
    this.requestId = frame.request_id;
  }
}

/** The endpoint wants none of our tokens; `status` is the HTTP status of the refusal, where it could be known. */
export class ConnectionRefused extends StreamerError {
  override name = "ConnectionRefused";

  constructor(
    reason: string,
    readonly status?: number,
  ) {
    super(reason);
  }
}

/** The client was closed with the request open. Its job goes on; `attach` finds it. */
export class ClientClosed extends StreamerError {
  override name = "ClientClosed";
}

/** The request is larger than the endpoint takes, or than this platform can send. Sizes are in bytes. */
export class RequestTooLarge extends StreamerError {
  override name = "RequestTooLarge";

  constructor(
    readonly size: number,
    readonly limit: number,
    why: string,
  ) {
    super(`the request has ${size} bytes; ${limit} are possible: ${why}`);
  }
}
