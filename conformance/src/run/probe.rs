//! The first look at a subject: whether it is there, and what it declares of itself.

use std::sync::Arc;

use super::Settings;
use super::fences::{self, Qualified};
use crate::client::{self, OpenError, Target};
use crate::clock::Pace;
use crate::driver::{self, Stage};
use crate::names::{Names, TryId};
use crate::program::{
    Action, Client, Expect, Joining, Message, PROGRAM_VERSION, Phase, Program, Request, Step, TopicName,
    Upgrade,
};
use crate::subject::Declared;
use crate::view::View;

/// Joins a fresh topic and reads the 201, and then looks whether acks are fences. A subject that opens a connection and
/// sends no 201 is judged by what the spec presumes; that it sends none is for the cases to say.
pub(super) async fn look(
    target: &Target,
    pace: &Pace,
    settings: &Settings,
    run_id: &Arc<str>,
) -> Result<(Declared, Option<Qualified>), OpenError> {
    // A server that is still starting refuses; what it says once it takes connections is what counts.
    drop(client::open(target, &Upgrade::default()).await?);
    let step = |action| Step { client: 0, action, expect: Expect::Derived, focus: false };
    let program = Program {
        version: PROGRAM_VERSION,
        clients: vec![Client { user: 0, upgrade: Upgrade::default() }],
        topics: vec![TopicName::Fresh],
        phases: vec![Phase {
            steps: vec![
                step(Action::Connect),
                step(Action::Send(Message::new(Request::Join(0, Joining::default())))),
            ],
        }],
        twins: Vec::new(),
    };
    let declared = Declared::default();
    let id = TryId { run: Arc::clone(run_id), case: usize::MAX, attempt: 0 };
    let Ok(names) = Names::new(id, &program, &settings.users, &settings.topic_prefix) else {
        return Ok((declared, None));
    };
    // Nothing is known yet, and so nothing is rested on: not even on an ack.
    let cautious = declared.clone().with_overtaking_acks();
    let played = driver::play(Stage::new(target, pace, &cautious), &program, names).await;
    if let Some(error) = played.unreachable {
        return Err(error);
    }
    let view = View::new(&played.transcript);
    let Some(joined) = view.frames.iter().find(|frame| frame.code() == Some(201)) else {
        return Ok((declared, None));
    };
    let declared = Declared::read(&joined.data);
    let qualified = fences::qualify(Stage::new(target, pace, &declared), settings, run_id).await;
    let declared = match qualified {
        Some(Qualified { overtaking: 1.., .. }) => declared.with_overtaking_acks(),
        _ => declared,
    };
    Ok((declared.with_profiles(&settings.profiles), qualified))
}
