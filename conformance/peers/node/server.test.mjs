// Tests the server over its socket, as a client would: what the spec says of the profiles beyond core.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';

async function start(environment = {}) {
  const script = new URL('server.mjs', import.meta.url).pathname;
  const child = spawn(process.execPath, [script], { env: { ...process.env, PORT: '0', ...environment } });
  const [line] = await once(child.stdout, 'data');
  return { child, port: /:(\d+)\//.exec(line)[1] };
}

// One connection of a user, which keeps what it has read until it is asked for.
class Client {
  frames = [];
  changes = []; // of lists, that came before the answer to a heartbeat
  wake = () => {};

  static async open(port, user) {
    const client = new Client();
    client.user = user;
    client.socket = new WebSocket(`ws://127.0.0.1:${port}/`, 'roomwire.v1');
    client.socket.on('message', (text) => {
      const frame = JSON.parse(text);
      client.frames.push({ ...frame, data: frame.data && JSON.parse(frame.data) });
      client.wake();
    });
    client.closed = once(client.socket, 'close').then(([code]) => code);
    await once(client.socket, 'open');
    return client;
  }

  send(type, payload, beside) {
    this.socket.send(JSON.stringify({ token: this.user, type, payLoad: JSON.stringify(payload), ...beside }));
  }

  async next() {
    while (this.frames.length === 0) await new Promise((resolve) => { this.wake = resolve; });
    return this.frames.shift();
  }

  // All frames up to the answer to a heartbeat, without it (ORD-7), and without changes of lists: those come when they
  // come.
  async fence() {
    this.send(1, '', { id: 'fence' });
    const frames = [];
    for (let frame = await this.next(); frame.id !== 'fence'; frame = await this.next()) {
      (frame.code === 206 ? this.changes : frames).push(frame);
    }
    return frames;
  }

  // Waits for the change that names a user, joined or left.
  async change(kind, name) {
    return (await this.changesTo(kind, name)).at(-1);
  }

  // The same, with all changes that come before it.
  async changesTo(kind, name) {
    const all = [];
    for (;;) {
      const { type, code, data } = this.changes.shift() ?? (await this.next());
      assert.deepEqual([type, code], [5, 206]);
      all.push(data);
      if (data[kind]?.some(({ user }) => user === name)) return all;
    }
  }

  ask(type, payload, beside) {
    this.send(type, payload, beside);
    return this.fence();
  }

  join(topic, more) {
    return this.ask(3, { topic, ...more });
  }

  leave(topic) {
    return this.ask(6, { topic });
  }

  say(topic, content, { stream, type = 'message', ...beside } = {}) {
    return this.ask(2, { topic, chatInfo: JSON.stringify({ user: this.user, content, type, stream }) }, beside);
  }

  async users(topic) {
    return (await this.ask(5, { topic }))[0].data;
  }
}

const codes = (frames) => frames.map(({ code }) => code);

function assertRefusal(frames, code, reason, topic) {
  assert.equal(frames.length, 1);
  assert.deepEqual([frames[0].code, frames[0].data.reason, frames[0].topic], [code, reason, topic]);
}

let server;
let names = 0;
const fresh = (word) => `${word} ${names += 1}`;
const client = (user) => Client.open(server.port, user);

// Clients that have joined a fresh topic, the first of which has been told of the others.
async function room(...users) {
  const topic = fresh('room');
  const clients = [];
  for (const user of users) clients.push(await client(user));
  for (const each of clients) await each.join(topic);
  const untold = new Set(users);
  untold.delete(users[0]);
  while (untold.size > 0) for (const { user } of (await clients[0].next()).data.joined) untold.delete(user);
  return [topic, ...clients];
}

async function http(method, path, { token = 'ann', body } = {}) {
  const headers = token === null ? {} : { authorization: token };
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method, headers, body });
  const answer = await response.json();
  assert.equal(answer.code, response.status); // HIST-3
  assert.equal(response.headers.get('content-type'), 'application/json');
  return answer;
}
const page = (query) => http('GET', `/api/message/chatmsg?${new URLSearchParams(query)}`);
const ask = (token, body) => http('POST', '/api/question/add', { token, body: JSON.stringify(body) });

before(async () => { server = await start(); });
after(() => { server.child.kill('SIGKILL'); });

describe('presence', () => {
  test('a join brings a list and tells the others', async () => {
    const [topic, ann] = await room('ann');
    const bob = await client('bob');
    const [joined, listed] = await bob.ask(3, { topic, displayName: 'Bob' }, { id: 'b-1' });
    assert.equal(joined.id, 'b-1');
    assert.equal(joined.data.limits.rosterMax, 200);
    const users = [{ user: 'ann' }, { user: 'bob', displayName: 'Bob' }];
    assert.deepEqual(listed, { type: 5, code: 205, data: { topic, count: 2, users } });
    assert.deepEqual(await ann.change('joined', 'bob'), { topic, count: 2, joined: [users[1]] });
  });

  test('a user is listed once, and gone with the last connection', async () => {
    const [topic, ann, bob, again] = await room('ann', 'bob', 'bob');
    assert.equal((await ann.users(topic)).count, 2);
    assert.deepEqual(codes(await bob.leave(topic)), [204]);
    assert.deepEqual(codes(await again.leave(topic)), [204]);
    assert.deepEqual((await ann.users(topic)).users, [{ user: 'ann' }]);
    assert.deepEqual(await ann.change('left', 'bob'), { topic, count: 1, left: [{ user: 'bob' }] });
  });

  test('a connection that is lost is told of', async () => {
    const [topic, ann, bob] = await room('ann', 'bob');
    bob.socket.terminate();
    assert.deepEqual(await ann.change('left', 'bob'), { topic, count: 1, left: [{ user: 'bob' }] });
  });

  test('whoever applies all changes in their order has the list, and its count', async () => {
    const [topic, ann, bob] = await room('ann', 'bob');
    await bob.leave(topic);
    const middle = await ann.users(topic);
    assert.deepEqual([middle.count, ann.changes.length], [1, 1]); // what the list shows was told before
    await ann.change('left', 'bob');
    await bob.join(topic);
    const cid = await client('cid');
    await cid.join(topic);
    const told = await ann.change('joined', 'cid');
    assert.deepEqual(told, { topic, count: 3, joined: [{ user: 'bob' }, { user: 'cid' }] }); // a crowd shares a frame
    assert.deepEqual(await bob.change('joined', 'cid'), { topic, count: 3, joined: [{ user: 'cid' }] });
  });

  test('nobody is told of what was before its own list', async () => {
    const [topic, ann, bob] = await room('ann', 'bob');
    await bob.leave(topic);
    const cid = await client('cid');
    await cid.join(topic);
    await bob.join(topic);
    await cid.leave(topic);
    await cid.join(topic); // and again, with a list of its own
    const dan = await client('dan');
    await dan.join(topic);
    assert.deepEqual(await cid.changesTo('joined', 'dan'), [{ topic, count: 4, joined: [{ user: 'dan' }] }]);
    assert.deepEqual((await ann.changesTo('joined', 'dan')).map(({ count }) => count), [1, 3, 2, 4]);
  });

  test('a second join changes the name, and tells nobody', async () => {
    const [topic, ann, bob] = await room('ann', 'bob');
    assert.deepEqual(codes(await bob.join(topic, { displayName: 'Robert' })), [201, 205]);
    assert.deepEqual((await ann.users(topic)).users[1], { user: 'bob', displayName: 'Robert' });
    await bob.leave(topic);
    await ann.change('left', 'bob');
  });

  test('a list is for those who are in', async () => {
    const ann = await client('ann');
    assertRefusal(await ann.ask(5, { topic: 'elsewhere' }), 403, 'not_joined', 'elsewhere');
    assertRefusal(await ann.ask(5, {}), 422, 'invalid_payload');
  });

  test('a long list is cut, and counts all', async () => {
    const topic = fresh('room');
    const clients = await Promise.all(Array.from({ length: 201 }, (_, number) => client(`u${number}`)));
    for (const each of clients) await each.join(topic);
    const { count, users, truncated } = await clients[0].ask(5, { topic }, { id: 'l' })
      .then((frames) => frames.find(({ id }) => id === 'l').data);
    assert.deepEqual([count, users.length, truncated], [201, 200, true]);
    for (const each of clients) each.socket.terminate();
  });
});

describe('notices', () => {
  test('a notice reaches each connection of one user', async () => {
    const [topic, ann, bob, again, cid] = await room('ann', 'bob', 'bob', 'cid');
    const data = { n: [1, 2.5, null, true], text: 'é 😀 \0' };
    const answer = await ann.ask(4, { topic, to: 'bob', data, from: 'cid' }, { id: 'a-1' });
    assert.deepEqual(answer, [{ type: 4, code: 202, data: { topic, to: 'bob' }, id: 'a-1' }]);
    for (const each of [bob, again]) {
      assert.deepEqual(await each.fence(), [{ type: 4, code: 203, data: { topic, from: 'ann', data } }]);
    }
    assert.deepEqual(await cid.fence(), []);
    assert.equal((await ann.say(topic, 'first'))[0].seq, 1);
  });

  test('a notice to oneself comes behind its answer', async () => {
    const [topic, ann] = await room('ann');
    const frames = await ann.ask(4, { topic, to: 'ann', data: null });
    assert.deepEqual(codes(frames), [202, 203]);
    assert.equal(frames[1].data.data, null);
  });

  test('notices are refused in the order of the table', async () => {
    const [ann, zoe, topic] = [await client('ann'), await client('zoe'), fresh('room')];
    await zoe.join(fresh('room'));
    const notice = { topic, to: 'zoe', data: 1 };
    assertRefusal(await ann.ask(4, notice), 403, 'not_joined', topic);
    await ann.join(topic);
    assertRefusal(await ann.ask(4, notice), 404, 'no_such_member', topic);
    for (const to of ['', 1, 'x'.repeat(129), 'a\u0085', undefined]) {
      assertRefusal(await ann.ask(4, { ...notice, to }), 422, 'invalid_payload', topic);
    }
    assertRefusal(await ann.ask(4, { topic, to: 'zoe' }), 422, 'invalid_payload', topic);
  });
});

describe('resume', () => {
  test('what was missed comes as it was said', async () => {
    const [topic, ann, bob] = await room('ann', 'bob');
    const { epoch } = (await bob.join(topic))[0].data;
    bob.socket.close();
    await ann.change('left', 'bob');
    const said = [];
    for (const text of ['one', 'two', 'three']) said.push((await ann.say(topic, text, { id: text }))[0]);
    const back = await client('bob');
    const frames = await back.join(topic, { since: { epoch, seq: 1 } });
    assert.deepEqual(codes(frames), [201, 205, 200, 200]);
    assert.deepEqual([frames[0].data.recovered, frames[0].data.seq], [true, 3]);
    assert.deepEqual(frames.slice(2), said.slice(1));
    const live = (await ann.say(topic, 'live')).filter(({ code }) => code === 200);
    assert.deepEqual(await back.fence(), live);
  });

  test('nothing missed is recovered, and a hole is not', async () => {
    const [topic, ann] = await room('ann');
    for (let number = 0; number < 130; number += 1) await ann.say(topic, 'one');
    const { epoch } = (await ann.join(topic))[0].data;
    for (const [since, recovered, missed] of [
      [{ epoch, seq: 130 }, true, 0], [{ epoch, seq: 2 }, true, 128], [{ epoch, seq: 1 }, false, 0],
      [{ epoch, seq: 131 }, false, 0], [{ epoch: 'another', seq: 130 }, false, 0], [undefined, false, 0],
    ]) {
      const frames = await (await client('bob')).join(topic, { since });
      assert.equal(frames[0].data.recovered, recovered);
      assert.equal(frames.filter(({ code }) => code === 200).length, missed);
    }
    for (const seq of [129, 130]) { // a connection that is joined has missed nothing (RES-10)
      const again = await ann.ask(3, { topic, since: { epoch, seq } }, { id: 'again' });
      assert.equal(again.find(({ id }) => id === 'again').data.recovered, false);
      assert.ok(!codes(again).includes(200));
    }
  });

  test('a since that cannot be is refused', async () => {
    const ann = await client('ann');
    for (const since of [null, 1, [], {}, { epoch: 'e' }, { seq: 1 }, { epoch: 1, seq: 1 }, { epoch: 'e', seq: -1 },
      { epoch: 'e', seq: 0.5 }, { epoch: 'e', seq: '1' }]) {
      assertRefusal(await ann.join('x', { since }), 422, 'invalid_payload', 'x');
    }
  });

  test('a repeat is the first delivery once more, for its sender', async () => {
    const [topic, ann, bob, again] = await room('ann', 'bob', 'ann');
    const first = (await ann.say(topic, 'first', { id: 'a-1' }))[0];
    assert.deepEqual(await bob.fence(), [first]);
    assert.deepEqual(await again.fence(), [first]);
    assert.deepEqual(await again.say(topic, 'another text', { id: 'a-1' }), [first]);
    assert.deepEqual([await bob.fence(), await ann.fence()], [[], []]);
    assert.equal((await again.say(topic, 'next', { id: 'a-2' }))[0].seq, 2);
    assertRefusal(await again.say(topic, 'x', { id: 'a-1', type: 'shout' }), 422, 'invalid_payload', topic);
  });

  test('an id counts for its user, topic, epoch and accepted chats only', async () => {
    const [topic, ann, bob] = await room('ann', 'bob');
    const another = fresh('room');
    assert.equal((await ann.say(topic, 'x', { id: 'i', type: 'shout' }))[0].code, 422);
    await ann.ask(5, { topic }, { id: 'i' });
    assert.equal((await ann.say(topic, 'x', { id: 'i' }))[0].seq, 1);
    await bob.fence();
    assert.equal((await bob.say(topic, 'x', { id: 'i' }))[0].seq, 2);
    await ann.fence();
    for (let life = 0; life < 2; life += 1) { // nobody is in between, so the topic is forgotten
      await ann.join(another);
      assert.equal((await ann.say(another, 'x', { id: 'i' }))[0].seq, 1);
      await ann.leave(another);
    }
    assert.deepEqual([(await ann.say(topic, 'x'))[0].seq, (await ann.say(topic, 'x'))[0].seq], [3, 4]);
  });
});

describe('history', () => {
  test('pages go back from the newest', async () => {
    const [topic, ann] = await room('ann');
    const stream = fresh('s é+');
    const said = [];
    for (const text of ['0', '1', '2', '3', '4']) said.push((await ann.say(topic, text, { stream }))[0]);
    await ann.say(topic, 'elsewhere', { stream: 'another' });
    const items = said.map(({ data, seq, at }) => ({ ...data, topic, seq, at }));
    for (const [number, expected] of [[1, items.slice(3)], [2, items.slice(1, 3)], [3, items.slice(0, 1)], [4, []]]) {
      const { data } = await page({ stream, page: number, resultsPerPage: 2, type: '', other: 'x' });
      assert.deepEqual(data, { items: expected, page: number, resultsPerPage: 2, total: 5 });
    }
    assert.equal((await page({ stream, page: 1, resultsPerPage: 2, type: 'answer' })).data.total, 0);
  });

  test('what cannot be asked is refused', async () => {
    const good = { stream: 's', page: '1', resultsPerPage: '50', type: '' };
    assert.equal((await page(good)).code, 200);
    for (const bad of [{ page: '0' }, { page: 'x' }, { page: '-1' }, { page: '1.5' }, { resultsPerPage: '0' },
      { resultsPerPage: '1001' }, { type: 'shout' }]) {
      assert.equal((await page({ ...good, ...bad })).data.reason, 'invalid_payload');
    }
    assert.equal((await page({ page: '1', resultsPerPage: '50', type: '' })).code, 422);
  });

  test('nobody reads or asks without a token', async () => {
    for (const token of [null, '', 'x'.repeat(129)]) {
      for (const [method, path] of [['GET', '/api/message/chatmsg?page=x'], ['POST', '/api/question/add']]) {
        assert.deepEqual(await http(method, path, { token }), { code: 401, data: { reason: 'unauthenticated' } });
      }
    }
  });

  test('a question is said in the room, and kept', async () => {
    const [user, streamId] = [fresh('ann'), fresh('s')];
    const [topic, ann, bob] = await room(user, 'bob');
    const answer = await ask(user, { content: 'Why é?', streamId, topic });
    assert.deepEqual(answer, { code: 200, data: { topic, seq: 1 } });
    const [heard] = await bob.fence();
    assert.deepEqual(await ann.fence(), [heard]);
    assert.deepEqual([heard.code, heard.topic, heard.seq, 'id' in heard], [200, topic, 1, false]);
    assert.deepEqual([heard.data.user, heard.data.type, heard.data.stream], [user, 'question', streamId]);
    assert.deepEqual(JSON.parse(heard.data.content), { content: 'Why é?' });
    const { items } = (await page({ stream: streamId, page: 1, resultsPerPage: 5, type: 'question' })).data;
    assert.deepEqual(items, [{ ...heard.data, topic, seq: 1, at: heard.at }]);
  });

  test('the room may go without saying', async () => {
    const user = fresh('ann');
    assert.equal((await ask(user, { content: '?', streamId: 's' })).data.reason, 'not_joined');
    const [topic, ann] = await room(user);
    assert.deepEqual((await ask(user, { content: '?', streamId: 's' })).data, { topic, seq: 1 });
    await ann.join(fresh('room'));
    assert.equal((await ask(user, { content: '?', streamId: 's' })).data.reason, 'invalid_payload');
    assert.equal((await ask(user, { content: '?', streamId: 's', topic: 'elsewhere' })).data.reason, 'not_joined');
    for (const body of [[], 1, { content: 1, streamId: 's' }, { content: '?' }, { content: '?', streamId: 's', topic: '' }]) {
      assert.equal((await ask(user, body)).code, 422);
    }
    assert.equal((await ann.say(topic, 'next')).at(-1).seq, 2);
  });
});

describe('the end', () => {
  test('a server that is told to stop says so, and refuses what is new', async () => {
    const { child, port } = await start();
    const ann = await Client.open(port, 'ann');
    await ann.join('8017');
    child.kill('SIGTERM');
    const told = await ann.next();
    assert.deepEqual([told.type, told.code, Object.keys(told.data)], [4, 203, ['data']]);
    assert.ok(told.data.data.reconnectAfterMs >= 0);
    assert.equal((await ann.say('8017', 'too late'))[0].code, 503);
    assert.equal((await ann.join('8081'))[0].code, 503);
    assert.equal((await ann.ask(4, { topic: '8017', to: 'ann', data: 1 }))[0].code, 503);
    assert.equal((await ann.ask(4, { topic: '8017', to: 'zoe', data: 1 }))[0].code, 404);
    assert.deepEqual(codes(await ann.leave('8017')), [204]);
    assert.equal(await ann.closed, 4202);
    await once(child, 'exit');
  });

  test('silence ends a connection and its membership', async () => {
    const environment = { ROOMWIRE_HEARTBEAT_TIMEOUT_MS: '700', ROOMWIRE_AUTH_TIMEOUT_MS: '300' };
    const { child, port } = await start(environment);
    const [ann, bob, nobody] = await Promise.all(['ann', 'bob', 'nobody'].map((user) => Client.open(port, user)));
    await ann.join('8017');
    await bob.join('8017');
    await ann.change('joined', 'bob');
    assert.equal(await nobody.closed, 4001);
    await ann.fence();
    assert.equal(await bob.closed, 4201);
    await ann.change('left', 'bob');
    child.kill('SIGKILL');
  });
});
