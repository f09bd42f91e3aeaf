/** What tabs tell each other. `port` is one tab's socket as the leader knows it, `hub` is one tab's time as leader. */

import { newId } from "../ids.js";

export type ToHub =
  | { readonly kind: "call" | "close"; readonly port: string }
  | { readonly kind: "send"; readonly port: string; readonly hub: string; readonly data: string };

export type ToPort =
  | { readonly kind: "heard" | "opened"; readonly port: string; readonly hub: string }
  | { readonly kind: "text"; readonly port: string; readonly hub: string; readonly data: unknown }
  | ({ readonly kind: "closed"; readonly port: string; readonly hub: string } & End);

/** How a socket ended. `error` is what the platform said; `here`: the endpoint has no part in it. */
export interface End {
  readonly code: number;
  readonly reason: string;
  readonly error?: string;
  readonly here?: boolean;
}

export type Message = ToHub | ToPort | { readonly kind: "leads"; readonly hub: string };

/** A client has many ports, one after the other. */
export const newPort = (client: string): string => `${client}:${newId()}`;
export const clientOf = (port: string): string => port.split(":")[0]!;
