import { decodeServerFrame, encodeClientFrame, isRefusal, type Decoded, type ChatDeliveryFrame, type DecodedServerFrame } from 'roomwire-schemas';
const d = decodeServerFrame('x');
if (d.outcome === 'frame') {
  const f = d.frame;
  if (f.code === 200) { const i = f.data; if (i.type === 'question') { const q: string = i.content.content; } }
  if (isRefusal(f)) { const r: 400|401|403|404|422|429|501|503 = f.code; if (f.data.reason==='rate_limited') { const n: number = f.data.retryAfterMs } else { f.data.reason satisfies string } } else { f.code satisfies 100|200|201|202|203|204|205|206 }
  if (f.type===4 && f.code===203) { if (f.data.from===undefined) { f.data.data } else { f.data.topic satisfies string } }
}
encodeClientFrame({token:'u1', type:2, payLoad:{topic:'8017', chatInfo:{user:'u1',type:'question',content:{content:'Why?'}}}});
encodeClientFrame({token:'u1', type:4, payLoad:{topic:'8017', to:'x', data:{a:[1,{b:null}]}}});
