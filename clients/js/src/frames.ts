// Every frame that crosses the socket.
// Generated from functions/protocol.py by `make generate`; do not edit.

/** A job was accepted. Always the first frame of its job: `seq` 0. */
export interface AcknowledgmentFrame {
  request_id: string | null;
  timestamp: number;
  type: "acknowledgment";
  seq: 0;
  action: string;
  estimate_seconds: number;
}

/** The answer to a synchronous action. */
export interface ResponseFrame {
  request_id: string | null;
  timestamp: number;
  type: "response";
  data: unknown;
}

/** Where a job is. `percentage` (0-100) never falls; `attempt` counts from 1 within a stage. */
export interface ProgressFrame {
  request_id: string | null;
  timestamp: number;
  type: "progress";
  seq: number;
  percentage: number;
  message: string;
  stage: string;
  attempt: number;
  status: "running" | "retrying";
  metadata?: { [key: string]: unknown };
}

/** A job ended well; its last frame. */
export interface CompleteFrame {
  request_id: string | null;
  timestamp: number;
  type: "complete";
  seq: number;
  success: boolean;
  result: unknown;
}

/** What went wrong, for programs; the message beside it is for people. */
export type ErrorCode =
  | "VALIDATION_ERROR"
  | "INVALID_ACTION"
  | "UNAUTHORIZED"
  | "NOT_FOUND"
  | "CONFLICT"
  | "RATE_LIMITED"
  | "PROCESSING_FAILED"
  | "TIMEOUT"
  | "CANCELLED"
  | "INTERNAL_ERROR";

/** What happened, in a code, a sentence, and where it helps in details. */
export interface ErrorBody {
  code: ErrorCode;
  message: string;
  details?: unknown;
}

/** What a job that did not complete leaves behind. */
export interface PartialResult {
  percentage: number;
  message: string;
  stage: string | null;
  completed_stages: string[];
  checkpoint?: unknown;
  result?: unknown;
}

/** A request failed; with `seq`, a job did, and this is its last frame. */
export interface ErrorFrame {
  request_id: string | null;
  timestamp: number;
  type: "error";
  seq?: number;
  error: ErrorBody;
  partial?: PartialResult;
}

/** Client to server: `{action, id?, payload?, metadata?}`. Other fields are ignored. */
export interface RequestFrame {
  action: string;
  id?: string | null;
  payload?: unknown;
  metadata?: { [key: string]: unknown };
}

export type ServerFrame = AcknowledgmentFrame | ResponseFrame | ProgressFrame | CompleteFrame | ErrorFrame;
