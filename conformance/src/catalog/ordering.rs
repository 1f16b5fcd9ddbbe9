//! Chapter 8: one order for all, and one order on a connection.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, Expect, Message, TopicName};
use crate::script::{Reason, beat, case, join, leave, say};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = of_a_room();
    cases.extend(of_a_connection());
    cases
}

fn burst(message: Message, times: usize) -> Action {
    Action::Burst(message, times)
}

fn of_a_room() -> Vec<Case> {
    vec![
        case(
            "ordering/seq-counts-from-1",
            "The chats of a fresh topic are numbered 1, 2, 3",
            &["ORD-1", "ORD-2"],
            |s| {
                s.about(Property::Seq);
                let (room, [ann, ben]) = s.room();
                s.expect(ann, burst(say(room, "count"), 10), Expect::Derived);
                s.then();
                s.focus(ben, say(room, "me too"));
            },
        ),
        case(
            "ordering/no-gap-and-no-repeat",
            "Every member gets the chats in rising seq without gap or repeat",
            &["ORD-2", "CHAT-3"],
            |s| {
                s.about(Property::Seq);
                let (room, members) = s.room::<4>();
                for member in members {
                    s.expect(member, burst(say(room, "all at once"), 50), Expect::Derived);
                }
            },
        ),
        case(
            "ordering/first-live-chat-follows-the-201",
            "The first chat after a 201 has the next seq",
            &["ORD-3"],
            |s| {
                s.about(Property::Seq);
                let (room, [ann, _ben]) = s.room();
                s.act(ann, burst(say(room, "before you came"), 7));
                s.then();
                let cat = s.client();
                s.connect(cat);
                s.focus(cat, join(room));
                s.then();
                s.focus(ann, say(room, "after you came"));
            },
        ),
        case(
            "ordering/all-see-the-same-order",
            "All members see the same chats in the same order",
            &["ORD-4"],
            |s| {
                s.about(Property::Order);
                let (room, members) = s.room::<5>();
                for member in members {
                    s.expect(member, burst(say(room, "who was first?"), 40), Expect::Derived);
                }
            },
        ),
        case(
            "ordering/a-senders-order-is-kept",
            "The chats of one connection keep the order in which they were sent",
            &["ORD-5"],
            |s| {
                s.about(Property::Order);
                let (room, [ann, ben]) = s.room();
                s.expect(ann, burst(say(room, "one after the other"), 150), Expect::Derived);
                s.expect(ben, burst(say(room, "in between"), 50), Expect::Derived);
            },
        ),
        case(
            "ordering/what-was-heard-comes-first",
            "A chat that was sent after another had been heard stands behind it",
            &["ORD-6"],
            |s| {
                s.about(Property::Order);
                let (room, [ann, ben]) = s.room();
                for _ in 0..3 {
                    s.focus(ann, say(room, "a question"));
                    s.then();
                    s.focus(ben, say(room, "its answer"));
                    s.then();
                }
            },
        ),
        case("ordering/topics-are-numbered-apart", "Each topic has numbers of its own", &["ORD-1"], |s| {
            s.about(Property::Seq);
            let (room, [ann, ben]) = s.room();
            let other = s.topic(TopicName::Fresh);
            s.send(ann, join(other));
            s.send(ben, join(other));
            s.then();
            for _ in 0..5 {
                s.focus(ann, say(room, "here"));
                s.focus(ann, say(other, "there"));
            }
        }),
    ]
}

fn of_a_connection() -> Vec<Case> {
    vec![
        case(
            "ordering/ack-is-a-fence",
            "A heartbeat's ack comes behind all that came before it",
            &["ORD-7"],
            |s| {
                s.about(Property::Answers);
                let (room, [ann, _ben]) = s.room();
                for _ in 0..20 {
                    s.focus(ann, say(room, "before the ack"));
                    s.focus(ann, beat());
                }
                s.focus(ann, leave(room));
                s.focus(ann, beat());
            },
        ),
        case(
            "ordering/answers-come-in-order",
            "Answers come in the order of the requests",
            &["ORD-8"],
            |s| {
                s.about(Property::Answers);
                let (room, [ann, ben]) = s.room();
                let other = s.topic(TopicName::Fresh);
                s.focus(ann, join(other).with_id());
                s.refused(ann, say(99, "nowhere").with_id(), Reason::NotJoined);
                s.focus(ann, beat().with_id());
                s.focus(ann, say(room, "somewhere").with_id());
                s.refused(
                    ann,
                    beat().with_id().without(crate::program::Layer::Envelope, "payLoad"),
                    Reason::MalformedEnvelope,
                );
                s.focus(ann, leave(other).with_id());
                s.focus(ann, say(room, "and here").with_id());
                s.focus(ann, leave(room).with_id());
                s.focus(ann, beat().with_id());
                s.act(ben, burst(say(room, "while others talk"), 20));
            },
        ),
        case(
            "ordering/chat-right-behind-a-join",
            "A chat right behind the join of its topic is accepted",
            &["ORD-9"],
            |s| {
                let (room, [_ann, _ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                s.focus(cat, join(room));
                s.focus(cat, say(room, "already here"));
                s.focus(cat, leave(room));
                s.focus(cat, join(room));
                s.focus(cat, say(room, "and here again"));
            },
        ),
        case(
            "ordering/frames-before-a-close-are-handled",
            "What came before a close frame is still handled",
            &["ORD-10"],
            |s| {
                s.about(Property::Delivery);
                let (room, [_ann, ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                s.send(cat, join(room));
                s.then();
                s.act(cat, burst(say(room, "one last thing"), 5));
                s.expect(cat, Action::Close(Some(1000)), Expect::Derived);
                s.then();
                s.send(ben, say(room, "heard it"));
            },
        ),
        case(
            "ordering/answers-come-before-the-close",
            "What came before a close frame is answered before the close is",
            &["ORD-11"],
            |s| {
                let (room, [_ann, ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                s.send(cat, join(room));
                s.then();
                s.focus(cat, beat());
                s.focus(cat, say(room, "goodbye"));
                s.act(cat, Action::Close(Some(1000)));
                s.then();
                s.send(ben, say(room, "goodbye to you"));
            },
        ),
    ]
}
