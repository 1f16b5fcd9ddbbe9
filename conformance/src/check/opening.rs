//! Connections open as the spec says.

use std::time::Duration;

use super::{Judge, client_name};
use crate::program::{Expect, TimeLimit};
use crate::view::View;

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    for line in &view.lines {
        let Some((expect, focus)) = line.open_expect else { continue };
        let who = client_name(line.client);
        judge.exercise();
        judge.exercise_focus(
            focus,
            line.opened.is_some() || line.refused.is_some() || *expect == Expect::UpgradeAbandoned,
        );
        match (expect, line.opened, line.refused) {
            (Expect::UpgradeRefused, Some(opened), _) => {
                let requirement = judge.requirement_of(focus, "WS-5");
                let expected =
                    format!("the upgrade request of {who} is refused with a status from 400 to 499");
                judge.find(requirement, expected, "it was answered with 101", [line.opening, opened]);
            }
            (Expect::UpgradeRefused, None, Some((tick, why, status)))
                if !status.is_some_and(|status| (400..500).contains(&status)) =>
            {
                let requirement = judge.requirement_of(focus, "WS-5");
                let expected =
                    format!("the upgrade request of {who} is refused with a status from 400 to 499");
                judge.find(requirement, expected, why, [line.opening, tick]);
            }
            (Expect::UpgradeRefused, None, _) | (Expect::Survived, ..) => {}
            (Expect::UpgradeAbandoned, ..) => {
                if let Some((tick, _, waited_ms)) = line.missed.first() {
                    let requirement = judge.requirement_of(focus, "SEC-8");
                    let expected = format!(
                        "the server ends the connection of {who}, whose opening handshake is never finished, within \
                         limits.authTimeoutMs plus 5 seconds"
                    );
                    let got = format!("it is still open after {waited_ms} ms");
                    judge.find(requirement, expected, got, [line.opening, *tick]).by_clock = true;
                }
            }
            (_, None, Some((tick, why, _))) => {
                let requirement = judge.requirement_of(focus, "WS-1");
                let expected = format!("the upgrade request of {who} is answered with 101");
                // A server gives an opening so much time. Where it took longer, it may have been ours that was slow.
                let limit = view.transcript.declared.time_limit(TimeLimit::Auth);
                let took = Duration::from_micros(view.at_us(tick) - view.at_us(line.opening));
                judge.find(requirement, expected, why, [line.opening, tick]).by_clock = took >= limit;
            }
            (Expect::Subprotocol(wanted), Some(opened), _) if wanted.as_deref() != line.subprotocol => {
                let requirement = judge.requirement_of(focus, "WS-2");
                let name = |protocol: Option<&str>| protocol.map_or("none".into(), |p| format!("{p:?}"));
                let expected = format!("the subprotocol selected for {who} is {}", name(wanted.as_deref()));
                judge.find(requirement, expected, name(line.subprotocol), [line.opening, opened]);
            }
            _ => {}
        }
    }
}
