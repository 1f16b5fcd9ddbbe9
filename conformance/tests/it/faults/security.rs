//! Faults against chapter 15: what happens to tokens.

use serde_json::json;

use super::{
    Fault,
    behaviour::{Act, on, refusal},
    history::edit_answer,
    wire::Way,
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "token-in-the-message-of-an-error",
        breaks: &["SEC-1"],
        about: "The message of a 401 or of a wrong_user says which token was sent.",
        behaviour: || {
            let mut tokens = std::collections::HashMap::new();
            on(move |world, seen| {
                if seen.way == Way::Up {
                    // Good tokens come right behind bad ones: the bad one is what the refusal is about.
                    if seen.token() != world.user(seen.connection) {
                        tokens.insert(seen.connection, seen.token().to_owned());
                    }
                    return None;
                }
                let told = seen.refuses_as("unauthenticated") || seen.refuses_as("wrong_user");
                let token = tokens.get(&seen.connection).filter(|it| told && !it.is_empty())?;
                let mut json = seen.json.clone();
                let data = json!({ "reason": seen.inner["reason"], "message": format!("the token {token} is not good here") });
                json["data"] = data.to_string().into();
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "token-in-the-join-answer",
        breaks: &["SEC-1"],
        about: "A 201 carries the token of the connection.",
        behaviour: || {
            super::behaviour::alter(
                |_, seen| seen.says(201),
                |world, seen, json| {
                    let mut inner = seen.inner.clone();
                    inner["x-token"] = world.connections[&seen.connection].token.0.as_str().into();
                    json["data"] = inner.to_string().into();
                },
            )
        },
    },
    Fault {
        name: "token-in-the-message-of-a-history-error",
        breaks: &["SEC-1"],
        about: "A 401 over HTTP says which token was sent.",
        behaviour: || {
            edit_answer(|_, request, answer| {
                if let Some(token) = request.header("authorization").filter(|_| answer.status() == 401) {
                    let message = format!("the token {token} is not good here");
                    let data = json!({ "reason": "unauthenticated", "message": message });
                    answer.set_json(&json!({ "code": 401, "data": data }));
                }
            })
        },
    },
    Fault {
        name: "another-token-of-the-user-refused",
        breaks: &["SEC-2"],
        about: "A frame with another token of the connection's own user is refused.",
        behaviour: || {
            on(|world, seen| {
                let other = seen.way == Way::Up && world.is_foreign(seen);
                other.then(|| vec![Act::Answer(vec![refusal(seen, 403, "wrong_user")])])
            })
        },
    },
];
