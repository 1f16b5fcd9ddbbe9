//! Faults against chapter 16: how a server adds what is its own.

use super::{Fault, behaviour::alter_data};

pub(super) const FAULTS: &[Fault] = &[Fault {
    name: "own-member-without-x",
    breaks: &["GROW-2"],
    about: "A 201 has a member of the server's own whose name does not begin with x-.",
    behaviour: || alter_data(|_, seen| seen.says(201), |data| data["build"] = "7".into()),
}];
