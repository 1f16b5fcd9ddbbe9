// Frames as they are written.
import { DRAIN_MS } from './limits.mjs';

// As bytes: of a string that waits, `bufferedAmount` would count the UTF-16 units (LIMIT-10). What is undefined does not
// become JSON (ENV-10).
export const encode = (frame) => Buffer.from(JSON.stringify(frame));

export const ANNOUNCEMENT = encode({ type: 4, code: 203, data: JSON.stringify({ data: { reconnectAfterMs: DRAIN_MS } }) });
