// What the programs in the guide take for granted around them.

type DecodedServerFrame = import('roomwire-schemas').DecodedServerFrame;
type DecodedClientFrame = import('roomwire-schemas').DecodedClientFrame;
type JsonValue = import('roomwire-schemas').JsonValue;
type Member = import('roomwire-schemas').Member;

declare const wx: {
  onSocketMessage(listener: (event: { data: string | ArrayBuffer }) => void): void;
  sendSocketMessage(message: { data: string }): void;
};
declare const socket: { onmessage: (event: { data: string }) => void; send(text: string): void };
declare const console: { log(...words: unknown[]): void; warn(...words: unknown[]): void };
declare function setInterval(run: () => void, ms: number): number;
declare function fetch(url: string, init: { headers: Record<string, string> }): Promise<{ json(): Promise<any> }>;
declare class TextEncoder {
  encode(text: string): Uint8Array;
}

declare const token: string;
declare const value: unknown;
declare const body: unknown;
declare const last: Record<string, number>;
declare function newId(): string;
declare function handle(frame: DecodedServerFrame): void;
declare function settle(id: string | undefined, refused: boolean): void;
declare function draw(info: Extract<DecodedServerFrame, { code: 200 }>['data']): void;
declare function entered(topic: string, epoch: string, seq: number, recovered?: boolean): void;
declare function announced(data: JsonValue): void;
declare function noticed(from: string, data: JsonValue): void;
declare function resetMembers(users: Member[], count: number): void;
declare function addMembers(users: Member[]): void;
declare function removeMembers(users: Member[]): void;
declare function refused(id: string | undefined, reason: string, retryAfterMs?: number): void;
