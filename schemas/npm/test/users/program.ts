import { decodeClientFrame, decodeServerFrame, isRefusal } from 'roomwire-schemas';

// A chat as a mini-program sends it, and as it comes back; then one that says nothing.
const sent = String.raw`{"token":"u1","type":2,"payLoad":"{\"topic\":\"8017\",\"chatInfo\":\"{\\\"user\\\":\\\"u1\\\",\\\"displayName\\\":\\\"Ann\\\",\\\"avatarurl\\\":\\\"https://…\\\",\\\"stream\\\":\\\"s1\\\",\\\"content\\\":\\\"hi\\\",\\\"type\\\":\\\"message\\\",\\\"createdat\\\":\\\"2018-10-8 14:30\\\"}\"}"}`;
const received = String.raw`{"type":2,"code":200,"data":"{\"user\":\"u2\",\"content\":\"{\\\"content\\\":\\\"Why?\\\"}\",\"type\":\"question\"}","topic":"8017","seq":2,"at":1539009005000}`;
const mute = String.raw`{"type":2,"code":200,"data":"{\"user\":\"u2\",\"type\":\"message\"}","topic":"8017","seq":3,"at":1539009006000}`;

const request = decodeClientFrame(sent);
if (request.outcome === 'frame' && request.frame.type === 2) {
  const { chatInfo, topic } = request.frame.payLoad;
  if (chatInfo.type === 'message') console.log(topic, chatInfo.displayName, chatInfo.content.toUpperCase());
}

for (const text of [received, mute]) {
  const decoding = decodeServerFrame(text);
  if (decoding.outcome === 'fault') console.log(decoding.fault.message);
  if (decoding.outcome !== 'frame' || isRefusal(decoding.frame)) continue;
  if (decoding.frame.code === 200 && decoding.frame.data.type === 'question')
    console.log(decoding.frame.data.content.content);
}
