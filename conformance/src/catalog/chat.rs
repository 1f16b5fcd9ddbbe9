//! Chapter 6: what a chat is, who gets it, and who may say it.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, ChatKind, Edit, Layer, Message, Value};
use crate::script::{
    self, Reason, Topic, case, join, leave, put, refusal, replace, say, say_as, set, without,
};

use Layer::{ChatInfo, Content, Payload};
use Reason::{InvalidPayload, NotJoined, WrongAuthor};

mod json;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = delivery();
    cases.extend(kinds());
    cases.extend(invalid());
    cases.extend(authors());
    cases.extend(json::cases());
    cases
}

fn delivery() -> Vec<Case> {
    vec![
        case(
            "chat/reaches-every-member",
            "A chat reaches every member, the sender too, once each",
            &["CHAT-1", "CHAT-2", "CHAT-3"],
            |s| {
                s.about(Property::Delivery);
                let (room, members) = s.room::<5>();
                for member in members {
                    s.focus(member, say(room, "hello, all of you"));
                }
            },
        ),
        case(
            "chat/reaches-every-device",
            "A user's second connection gets chats as well",
            &["CHAT-1", "ISO-7"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let second = s.second_device_of(ann);
                s.connect(second);
                s.send(second, join(room));
                s.then();
                s.focus(ann, say(room, "from the first"));
                s.focus(second, say(room, "from the second"));
                s.focus(ben, say(room, "to both"));
            },
        ),
        case("chat/sender-alone-hears-itself", "A sender who is alone gets its own copy", &["CHAT-2"], |s| {
            let (room, [ann, ben]) = s.room();
            s.send(ben, leave(room));
            s.then();
            s.focus(ann, say(room, "echo"));
        }),
        case(
            "chat/data-is-the-very-string",
            "data of a 200 is the very string of chatInfo",
            &["CHAT-4"],
            |s| {
                s.about(Property::Wording);
                let (room, [ann, _ben]) = s.room();
                s.focus(ann, say(room, "as it is"));
            },
        ),
        case(
            "chat/id-is-on-every-copy",
            "The id of a chat is on every copy, and only where there was one",
            &["CHAT-5"],
            |s| {
                s.about(Property::Wording);
                let (room, [ann, ben]) = s.room();
                s.focus(ann, say(room, "with an id").with_id());
                s.focus(ben, say(room, "without one"));
                s.focus(ben, say(room, "with one of my own").with_id());
            },
        ),
        case(
            "chat/copies-agree",
            "topic, seq and at stand beside data, the same on every copy",
            &["CHAT-6"],
            |s| {
                s.about(Property::Shape);
                s.about(Property::Wording);
                let (room, members) = s.room::<4>();
                for member in members {
                    s.focus(member, say(room, "when was that?"));
                }
            },
        ),
        case("chat/200-is-a-chat", "Nothing but a chat is a 200", &["CHAT-7"], |s| {
            s.about(Property::Delivery);
            let (room, [ann, ben]) = s.room();
            s.send(ann, join(room));
            s.send(ann, script::beat());
            s.send(ben, leave(room));
            s.then();
            s.focus(ann, say(room, "the one chat"));
        }),
        case(
            "chat/burst-arrives-in-full",
            "A burst of chats reaches every member in full",
            &["CHAT-1", "LIMIT-13"],
            |s| {
                s.about(Property::Delivery);
                s.about(Property::Seq);
                let (room, [ann, ben, _cat]) = s.room();
                s.expect(ann, Action::Burst(say(room, "a lot"), 200), crate::program::Expect::Derived);
                s.expect(ben, Action::Burst(say(room, "to say"), 100), crate::program::Expect::Derived);
            },
        ),
    ]
}

fn kinds() -> Vec<Case> {
    let accepted = |id, title, requirements, write: fn(Topic) -> Message| {
        script::accepted(id, title, requirements, |room| vec![write(room)])
    };
    vec![
        accepted(
            "chat/empty-content",
            "The content of a message may be empty",
            &["CHAT-1", "CHAT-9"],
            |room| {
                let mut message = say(room, "").set(ChatInfo, "content", "\"\"");
                message.edits.push(put(ChatInfo, "x-mark", Value::Mark));
                message
            },
        ),
        script::accepted(
            "chat/blank-content",
            "The content of a message may be nothing but white space",
            &["CHAT-9", "TEXT-1"],
            |room| {
                let blank =
                    |blank| put_in(say(room, "").set(ChatInfo, "content", blank), "x-mark", Value::Mark);
                [r#"" ""#, r#""\u3000""#, r#""\n\t""#].map(blank).into()
            },
        ),
        case(
            "chat/contents-of-any-length",
            "A content may be as long as its message: nothing else limits it",
            &["CHAT-9", "TEXT-1"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                for times in [1_000, 3_000, 8_000] {
                    s.focus(ann, say(room, &"long, ".repeat(times)));
                }
            },
        ),
        script::accepted(
            "chat/contents-that-are-empty-inside",
            "The strings inside the content of a question or an answer may be empty, and some may be missing",
            &["CHAT-12"],
            |room| {
                let marked = |message| put_in(message, "x-mark", Value::Mark);
                let answer = || say_as(room, ChatKind::Answer, "therefore");
                let empty = "\"\"";
                vec![
                    marked(say_as(room, ChatKind::Question, "").set(Content, "content", empty)),
                    marked(answer().set(Content, "answer", empty).set(Content, "question", empty)),
                    answer().set(Content, "orgLogo", empty).set(Content, "orgName", empty),
                    answer().without(Content, "orgName"),
                    answer().without(Content, "orgLogo"),
                ]
            },
        ),
        script::accepted(
            "chat/optional-members-of-any-kind",
            "displayName, avatarurl, stream and createdat are any strings, empty ones included",
            &["CHAT-11", "TEXT-3"],
            |room| {
                let members = ["displayName", "avatarurl", "stream", "createdat"];
                let strings =
                    [r#""""#, r#"" ""#, r#""\u0000\t\u0085""#, r#""<b>&\"'%00""#, r#""no date, no URL""#];
                let any = |string| {
                    members
                        .iter()
                        .fold(say(room, "any"), |message, member| message.set(ChatInfo, member, string))
                };
                let long = [("stream", '流'), ("createdat", '0')]
                    .map(|(member, with)| put_in(say(room, "long"), member, Value::Repeated(with, 300)));
                strings.map(any).into_iter().chain(long).collect()
            },
        ),
        accepted(
            "chat/question",
            "A question is a chat whose content is JSON once more",
            &["CHAT-12"],
            |room| say_as(room, ChatKind::Question, "why is the sky \"blue\"?"),
        ),
        accepted(
            "chat/answer",
            "An answer is a chat whose content is JSON once more",
            &["CHAT-12"],
            |room| say_as(room, ChatKind::Answer, "since it is"),
        ),
        accepted(
            "chat/answer-without-org",
            "An answer needs neither orgLogo nor orgName",
            &["CHAT-12"],
            |room| {
                say_as(room, ChatKind::Answer, "it just is")
                    .without(Content, "orgLogo")
                    .without(Content, "orgName")
            },
        ),
        accepted(
            "chat/unknown-members-of-content",
            "Members of a content that nobody knows are ignored",
            &["ENV-3"],
            |room| say_as(room, ChatKind::Question, "why?").set(Content, "x-more", "[null]"),
        ),
        accepted(
            "chat/optional-members-may-be-missing",
            "A chatInfo needs user, content and type",
            &["CHAT-9"],
            |room| say(room, "bare").without(ChatInfo, "stream"),
        ),
        accepted(
            "chat/optional-members-may-be-there",
            "A chatInfo may have displayName, avatarurl, stream and createdat",
            &["CHAT-11", "ENV-5"],
            |room| {
                let mut message = say(room, "in full").set(ChatInfo, "createdat", "\"2018-10-8 14:30\"");
                message.edits.push(put(ChatInfo, "displayName", Value::Repeated('🦜', 64)));
                message.edits.push(put(ChatInfo, "avatarurl", Value::Repeated('🦜', 512)));
                message
            },
        ),
    ]
}

fn put_in(mut message: Message, member: &str, value: Value) -> Message {
    message.edits.push(put(ChatInfo, member, value));
    message
}

fn refused(id: &'static str, title: &'static str, requirement: &'static [&'static str], edit: Edit) -> Case {
    refusal(id, title, requirement, (InvalidPayload, None), |room| say(room, "hello"), &[edit])
}

fn refused_question(id: &'static str, title: &'static str, edit: Edit) -> Case {
    let twin = |room| say_as(room, ChatKind::Question, "why?");
    refusal(id, title, &["CHAT-12"], (InvalidPayload, None), twin, &[edit])
}

fn refused_answer(id: &'static str, title: &'static str, edit: Edit) -> Case {
    let twin = |room| say_as(room, ChatKind::Answer, "therefore");
    refusal(id, title, &["CHAT-12"], (InvalidPayload, None), twin, &[edit])
}

fn invalid() -> Vec<Case> {
    vec![
        refused(
            "chat/without-chat-info",
            "A chat without chatInfo is invalid",
            &["ERR-12"],
            without(Payload, "chatInfo"),
        ),
        refused(
            "chat/chat-info-is-an-object",
            "A chatInfo that is an object and not its text is invalid",
            &["CHAT-8"],
            set(Payload, "chatInfo", r#"{"user":"u","content":"c","type":"message"}"#),
        ),
        refused(
            "chat/chat-info-is-not-json",
            "A chatInfo that is not JSON is invalid",
            &["CHAT-8"],
            replace(ChatInfo, "hello"),
        ),
        refused(
            "chat/chat-info-is-an-array",
            "A chatInfo that is an array is invalid",
            &["CHAT-8"],
            replace(ChatInfo, "[]"),
        ),
        refused(
            "chat/without-user",
            "A chatInfo without user is invalid",
            &["CHAT-9"],
            without(ChatInfo, "user"),
        ),
        refused(
            "chat/without-content",
            "A chatInfo without content is invalid",
            &["CHAT-9"],
            without(ChatInfo, "content"),
        ),
        refused(
            "chat/without-type",
            "A chatInfo without type is invalid",
            &["CHAT-9"],
            without(ChatInfo, "type"),
        ),
        refused(
            "chat/content-is-a-number",
            "A content that is a number is invalid",
            &["CHAT-9"],
            set(ChatInfo, "content", "7"),
        ),
        refused(
            "chat/user-is-a-number",
            "A user that is a number is invalid",
            &["CHAT-9"],
            set(ChatInfo, "user", "7"),
        ),
        refused(
            "chat/user-is-null",
            "A user that is null is invalid",
            &["CHAT-9"],
            set(ChatInfo, "user", "null"),
        ),
        refused(
            "chat/type-is-a-number",
            "A type that is a number is invalid",
            &["CHAT-9"],
            set(ChatInfo, "type", "1"),
        ),
        refused(
            "chat/user-is-empty",
            "A user that is empty is invalid",
            &["CHAT-9"],
            set(ChatInfo, "user", "\"\""),
        ),
        refused(
            "chat/user-is-too-long",
            "A user of 129 characters is invalid",
            &["CHAT-9"],
            put(ChatInfo, "user", Value::Repeated('u', 129)),
        ),
        refused(
            "chat/user-with-control-character",
            "A user with a control character is invalid",
            &["CHAT-9"],
            set(ChatInfo, "user", "\"a\\u0000b\""),
        ),
        refused(
            "chat/unknown-type",
            "A chatInfo of another type is invalid",
            &["CHAT-10"],
            set(ChatInfo, "type", "\"shout\""),
        ),
        refused(
            "chat/type-in-capitals",
            "The type of a chatInfo is compared to the letter",
            &["CHAT-10"],
            set(ChatInfo, "type", "\"Message\""),
        ),
        refused(
            "chat/stream-is-a-number",
            "A stream that is a number is invalid",
            &["CHAT-11"],
            set(ChatInfo, "stream", "7"),
        ),
        refused(
            "chat/createdat-is-null",
            "A createdat that is null is invalid",
            &["CHAT-11"],
            set(ChatInfo, "createdat", "null"),
        ),
        refused(
            "chat/display-name-too-long",
            "A displayName of 65 characters is invalid",
            &["CHAT-11"],
            put(ChatInfo, "displayName", Value::Repeated('x', 65)),
        ),
        refused(
            "chat/avatarurl-too-long",
            "An avatarurl of 513 characters is invalid",
            &["CHAT-11"],
            put(ChatInfo, "avatarurl", Value::Repeated('x', 513)),
        ),
        refused_question(
            "chat/question-in-plain-text",
            "A question whose content is plain text is invalid",
            replace(Content, "why?"),
        ),
        refused_question(
            "chat/question-without-content",
            "A question whose content has no content is invalid",
            without(Content, "content"),
        ),
        refused_answer(
            "chat/answer-without-question",
            "An answer whose content has no question is invalid",
            without(Content, "question"),
        ),
        refused_answer(
            "chat/answer-is-a-number",
            "An answer that is a number is invalid",
            set(Content, "answer", "42"),
        ),
    ]
}

fn authors() -> Vec<Case> {
    vec![
        case(
            "chat/topic-not-joined",
            "A chat in a topic that was not joined is refused",
            &["CHAT-13"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                s.refused(cat, say(room, "let me in"), NotJoined);
                s.refused(ann, say(99, "is anybody there?"), NotJoined);
                s.then();
                s.send(ann, say(room, "here we are"));
            },
        ),
        case("chat/topic-left", "A chat in a topic that was left is refused", &["CHAT-13"], |s| {
            let (room, [ann, ben]) = s.room();
            s.send(ann, leave(room));
            s.refused(ann, say(room, "one more thing"), NotJoined);
            s.then();
            s.refused(ann, say(room, "and another one"), NotJoined);
            s.then();
            s.send(ben, say(room, "too late"));
        }),
        case(
            "chat/topic-joined-by-another-device",
            "That another connection of the same user has joined does not help",
            &["CHAT-13", "ISO-8"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                let second = s.second_device_of(ann);
                s.connect(second);
                s.refused(second, say(room, "I am in there with my phone"), NotJoined);
                s.then();
                s.refused(second, say(room, "really"), NotJoined);
                s.then();
                s.focus(second, join(room));
                s.then();
                s.send(second, say(room, "and now with this as well"));
            },
        ),
        refusal(
            "chat/author-is-another-user",
            "A chat in the name of another user is refused",
            &["CHAT-14"],
            (WrongAuthor, None),
            |room| say(room, "hello"),
            &[put(ChatInfo, "user", Value::UserOf(1))],
        ),
        refusal(
            "chat/author-in-other-letters",
            "The author is compared with the user to the letter",
            &["CHAT-14"],
            (WrongAuthor, None),
            |room| say(room, "hello"),
            &[put(ChatInfo, "user", Value::UserInCapitals(0))],
        ),
        case(
            "chat/authors-that-look-alike",
            "The author is compared with the user character by character: nothing is trimmed, and nothing normalised",
            &["CHAT-14"],
            |s| {
                let (room, [ann, ben]) = s.room();
                s.focus(ann, say(room, "me"));
                for author in Value::UserOf(ann).lookalikes() {
                    s.refused(ann, put_in(say(room, "not quite me"), "user", author), WrongAuthor);
                }
                s.then();
                s.send(ben, say(room, "I heard one"));
            },
        ),
        refusal(
            "chat/author-of-a-question",
            "A question in the name of another user is refused",
            &["CHAT-14"],
            (WrongAuthor, None),
            |room| say_as(room, ChatKind::Question, "why?"),
            &[put(ChatInfo, "user", Value::UserOf(1))],
        ),
        refusal(
            "chat/author-of-an-answer",
            "An answer in the name of another user is refused",
            &["CHAT-14"],
            (WrongAuthor, None),
            |room| say_as(room, ChatKind::Answer, "since it is"),
            &[put(ChatInfo, "user", Value::UserOf(1))],
        ),
        refusal(
            "chat/author-is-nobody",
            "A chat in the name of nobody that is known is refused",
            &["CHAT-14"],
            (WrongAuthor, None),
            |room| say(room, "hello"),
            &[set(ChatInfo, "user", "\"somebody else\"")],
        ),
    ]
}
