// What was said, by the stream that it was said of.
import { KEPT_MAX, STREAMS_MAX } from './limits.mjs';

// By stream, the newest chats. The stream of which nothing was heard for the longest time is forgotten first.
const streams = new Map();

export function keep(chat, where) {
  const { stream } = chat;
  if (stream === undefined) return;
  const kept = streams.get(stream) ?? [];
  kept.push({ ...chat, ...where });
  if (kept.length > KEPT_MAX) kept.shift();
  streams.delete(stream);
  streams.set(stream, kept);
  if (streams.size > STREAMS_MAX) streams.delete(streams.keys().next().value);
}

// Page 1 has the newest, and each page goes from the oldest to the newest of its chats (HIST-10, HIST-11).
export function pageOf(stream, type, page, resultsPerPage) {
  const kept = (streams.get(stream) ?? []).filter((chat) => type === '' || chat.type === type);
  const last = Math.max(0, kept.length - (page - 1) * resultsPerPage);
  const items = kept.slice(Math.max(0, last - resultsPerPage), last);
  return { items, page, resultsPerPage, total: kept.length };
}
