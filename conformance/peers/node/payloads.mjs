// Reads what strangers send: JSON, and what the spec asks of it. It knows no rooms and no sockets.

// The types of a chat, and the strings that must be in the JSON that its content is (CHAT-12).
export const CONTENT = new Map([['message', []], ['question', ['content']], ['answer', ['question', 'answer']]]);

// Under the flag u, regular expressions count code points, not UTF-16 units (ENV-5).
export const isString = (value) => typeof value === 'string';
export const isName = (value) => isString(value) && /^\P{Cc}{1,128}$/u.test(value); // a topic or a user
export const isId = (value) => isString(value) && /^.{1,64}$/su.test(value);
const isObject = (value) => Object(value) === value && !Array.isArray(value);
// A default stands in for a member that is not there, but not for a null, which is refused (ERR-12).
const hasGoodLooks = ({ displayName = '', avatarurl = '' }) => isString(displayName) && isString(avatarurl)
  && /^.{0,64}$/su.test(displayName) && /^.{0,512}$/su.test(avatarurl);

export const isJoin = (join) => hasGoodLooks(join) && isSince(join.since);
const isSince = (since) => since === undefined
  || (isObject(since) && isString(since.epoch) && Number.isInteger(since.seq) && since.seq >= 0);

export const isNotice = ({ to, data }) => isName(to) && data !== undefined; // a null is data (NOTE-3)

export function isChat(chat) {
  if (chat === undefined) return false;
  const { type, user, content, stream = '', createdat = '' } = chat;
  return isName(user) && [content, stream, createdat].every(isString) && hasGoodLooks(chat) && CONTENT.has(type)
    && CONTENT.get(type).every((name) => isString(parse(content, 32)?.[name]));
}

// Objects only. Inside an envelope, 32 levels (ENV-7): a deeper payLoad names no topic to put on an error (ERR-16).
export function parse(text, levels) {
  try {
    const value = isString(text) && JSON.parse(text);
    return isObject(value) && !isDeeper(value, levels) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isDeeper = (value, levels) => levels !== undefined && Object(value) === value
  && (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)));
