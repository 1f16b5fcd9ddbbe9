//! Boundary enumeration: each member of the published schemas of client frames, with the last value that is right and
//! the first one that is not.
//!
//! What is right is read from the schemas; by which error the rest is refused follows from the layer.

use roomwire_schemas::embedded;
use serde_json::Value as Json;

use super::attack::{Attack, is_malformed};
use super::{Dice, Scope, budget};
use crate::program::{
    Action, Change, ChatKind, Client, Expect, Layer, Message, PROGRAM_VERSION, Phase, Program, Step,
    TopicName, Upgrade, Value,
};
use crate::script::{Reason, beat, join, leave, notice, say, say_as, say_up_to_limit, user_list};

const ROOM: usize = 0;
const DECOY: usize = 1;
/// Topics whose names are as long as they may be.
const LONGEST: [char; 3] = ['x', 'é', '🧩'];
/// How many values one program tries.
const IN_A_PROGRAM: usize = 8;
/// Every fifth program of a run is of this kind.
const STRIDE: usize = 5;

pub(super) fn program(dice: &mut Dice, index: usize, scope: &Scope) -> Program {
    let all = attempts(scope);
    let known = scope.users.unwrap_or(usize::MAX).max(1);
    let clients = (0..3).map(|user| Client { user: user % known, upgrade: Upgrade::default() }).collect();
    let mut topics = vec![TopicName::Fresh, TopicName::Fresh];
    topics.extend(LONGEST.map(|with| TopicName::Filled(with, 128)));
    let mut opening = Vec::new();
    for (client, room) in [(0, ROOM), (1, ROOM), (2, DECOY)] {
        opening.extend([step(client, Action::Connect), step(client, Action::Send(join(room)))]);
    }
    let mut phases = vec![Phase { steps: opening }];
    // One after the other, so that a run of some length has tried them all; and some by chance, beside others.
    let first = index / STRIDE * (IN_A_PROGRAM - 2);
    let mut chosen: Vec<&Attack> = (first..first + IN_A_PROGRAM - 2).map(|at| &all[at % all.len()]).collect();
    chosen.extend((0..2).map(|_| &all[dice.draw(0..all.len())]));
    for half in chosen.chunks(IN_A_PROGRAM / 2) {
        let mut steps = Vec::new();
        for (action, expect) in half {
            steps.push(Step { client: 0, action: action.clone(), expect: expect.clone(), focus: false });
            // A good frame between them: what is refused must not rub off.
            if is_malformed(expect) || dice.chance(30) {
                steps.push(step(0, Action::Send(beat())));
            }
        }
        steps.push(step(1, Action::Send(say(ROOM, "still here"))));
        phases.push(Phase { steps });
    }
    phases.push(Phase {
        steps: vec![step(0, Action::Send(say(ROOM, "so am I"))), step(2, Action::Send(say(DECOY, "quiet")))],
    });
    let mut program = Program { version: PROGRAM_VERSION, clients, topics, phases, twins: Vec::new() };
    budget::keep(&mut program, scope);
    program
}

fn step(client: usize, action: Action) -> Step {
    Step { client, action, expect: Expect::Derived, focus: false }
}

/// All values that are tried.
fn attempts(scope: &Scope) -> Vec<Attack> {
    let claims_resume = scope.declared.claims("resume");
    let join_payload = if claims_resume { "join-payload" } else { "join-payload-without-resume" };
    let mut all = Vec::new();
    let mut by_schema = |layer, name: &str, branch: Option<usize>, message: Message| {
        all.extend(of_schema(layer, name, branch, &message));
    };
    for message in [beat(), join(ROOM), leave(DECOY), say(ROOM, "edge")] {
        by_schema(Layer::Envelope, "client-envelope", None, message);
    }
    by_schema(Layer::Payload, join_payload, None, join(ROOM));
    by_schema(Layer::Payload, "topic-payload", None, leave(DECOY));
    if scope.declared.claims("presence") {
        by_schema(Layer::Payload, "topic-payload", None, user_list(ROOM));
    }
    if scope.declared.claims("notice") {
        by_schema(Layer::Payload, "notice-payload", None, notice(ROOM, 1, r#""{mark}""#));
    }
    by_schema(Layer::Payload, "chat-payload", None, say(ROOM, "edge"));
    for (branch, kind) in [ChatKind::Message, ChatKind::Question, ChatKind::Answer].into_iter().enumerate() {
        by_schema(Layer::ChatInfo, "chat-info", Some(branch), say_as(ROOM, kind, "edge"));
    }
    by_schema(Layer::Content, "question-content", None, say_as(ROOM, ChatKind::Question, "edge"));
    by_schema(Layer::Content, "answer-content", None, say_as(ROOM, ChatKind::Answer, "edge"));
    let fits = |message: Message| (Action::Send(message), Expect::Derived);
    if scope.declared.max_topics() > 2 {
        let longest = (0..LONGEST.len()).map(|topic| DECOY + 1 + topic);
        all.extend(
            longest
                .flat_map(|topic| [fits(join(topic)), fits(say(topic, "a long name")), fits(leave(topic))]),
        );
    }
    all.extend((0..2).map(|short| fits(say_up_to_limit(ROOM, "", short))));
    all
}

/// The values of one layer's members.
fn of_schema(layer: Layer, name: &str, branch: Option<usize>, message: &Message) -> Vec<Attack> {
    let text = embedded::find(name).map_or("{}", |schema| schema.text);
    let root: Json = serde_json::from_str(text).unwrap_or_default();
    let document = branch.map_or(&root, |branch| resolve(&root, &root["oneOf"][branch]));
    let required: Vec<&str> =
        document["required"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let mut all = Vec::new();
    for (member, schema) in document["properties"].as_object().into_iter().flatten() {
        let schema = resolve(&root, schema);
        let edited = |change| message.clone().edit(layer, change);
        let mut refuse = |change| all.push(refused(layer, member, edited(change), message.kind()));
        if required.contains(&member.as_str()) {
            refuse(Change::Remove(member.clone()));
        }
        let set = |value| Change::Set(member.clone(), value);
        // Whether one that is no string is refused is left open (chapter 6).
        let is_open = layer == Layer::Content && matches!(member.as_str(), "orgLogo" | "orgName");
        for json in wrong_types(schema).iter().filter(|_| !is_open) {
            refuse(set(Value::Json((*json).into())));
        }
        let length = |of: &str| schema[of].as_u64().and_then(|length| usize::try_from(length).ok());
        if length("minLength").is_some_and(|least| least > 0) {
            refuse(set(Value::Json("\"\"".into())));
        }
        if let Some(most) = length("maxLength") {
            for with in ['x', 'é'] {
                refuse(set(Value::Repeated(with, most + 1)));
            }
        }
        if schema["pattern"].is_string() {
            for control in ["\\u0000", "\\u001f", "\\u007f", "\\u009f"] {
                refuse(set(Value::Json(format!("\"a{control}b\""))));
            }
        }
        if schema["const"].is_string() {
            refuse(set(Value::Json("\"shout\"".into())));
        }
        // A topic or a user of another name is another one, so that only these can be set to what is right.
        if !matches!(member.as_str(), "id" | "displayName" | "avatarurl") {
            continue;
        }
        let edges = [length("minLength").unwrap_or(0), length("maxLength").unwrap_or(0)];
        for (with, length) in LONGEST.into_iter().flat_map(|with| edges.map(|length| (with, length))) {
            all.push((Action::Send(edited(set(Value::Repeated(with, length)))), Expect::Derived));
        }
    }
    all
}

fn resolve<'a>(root: &'a Json, schema: &'a Json) -> &'a Json {
    let reference = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    reference.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

/// JSON of other types than that of the schema.
fn wrong_types(schema: &Json) -> &'static [&'static str] {
    match schema["type"].as_str() {
        Some("string") => &["7", "null", "true", "[]", "{}"],
        Some("integer") => &["\"1\"", "1.5", "null", "[1]"],
        Some("object") => &["7", "\"text\"", "[]"],
        _ => &[],
    }
}

fn refused(layer: Layer, member: &str, message: Message, kind: i64) -> Attack {
    let (reason, answer_type) = match (layer, member) {
        // Without an integer for a type there is none to give back.
        (Layer::Envelope, "type") => (Reason::MalformedEnvelope, 0),
        (Layer::Envelope, _) => (Reason::MalformedEnvelope, kind),
        _ => (Reason::InvalidPayload, kind),
    };
    (
        Action::Send(message),
        Expect::Refused { code: reason.code(), reason: reason.name().into(), answer_type },
    )
}
