//! What a server of this version may send, beyond what a client bears.
//!
//! A client reads a later version, too, and so passes over what it does not know. Whoever judges a server does
//! not: here a pair or a reason must be one of this version, and what the types of a client leave out is looked at
//! in the text itself.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{ErrorFrame, Joined, NoticeDelivery, ServerEnvelope, ServerFrame};
use crate::code::{FrameKind, Profile, Reason, VERSION};
use crate::fault::Fault;
use crate::id::{Seq, Topic};
use crate::limits::Limits;

impl ServerEnvelope<'_> {
    /// Stage two for those who judge a server: the frame, where a server of this version may send it (ENV-11).
    ///
    /// Of a 200 it reads the chatInfo, too. What it says of one frame alone, it says: whether the frame comes at
    /// the right time is another matter.
    ///
    /// ```
    /// use roomwire_protocol::ServerEnvelope;
    /// let later = ServerEnvelope::decode(r#"{"type":9,"code":299,"data":"{}"}"#).unwrap();
    /// assert_eq!(later.frame(), Ok(None));
    /// assert_eq!(later.frame_as_sent().unwrap_err().member(), "code");
    /// ```
    ///
    /// # Errors
    /// A [`Fault`] about the first member that is not as it should be. Its member begins with `data` where it is in
    /// the data, and with `chatInfo` where it is in what was said.
    pub fn frame_as_sent(&self) -> Result<ServerFrame<'_>, Fault> {
        let kind = FrameKind::from_pair(self.type_number, self.code);
        if kind.is_some_and(|kind| !kind.answers()) && self.id.is_some() {
            return Err(Fault::new("", "id", "nothing, since it answers no request", "a string"));
        }
        if kind == Some(FrameKind::HeartbeatAck) && !self.data.text().is_empty() {
            return Err(Fault::new("", "data", "an empty string", "another string"));
        }
        let of_this_version = |code| Reason::ALL.iter().any(|reason| i64::from(reason.code()) == code);
        if kind.is_none() && !of_this_version(self.code) {
            return Err(Fault::new(
                "",
                "code",
                "a pair of type and code of this version",
                self.code.to_string(),
            ));
        }
        let Some(frame) = self.frame()? else {
            return Err(Fault::new(
                "",
                "code",
                "a pair of type and code of this version",
                self.code.to_string(),
            ));
        };
        match &frame {
            ServerFrame::Delivery(delivery) => {
                if delivery.seq == Seq::ZERO {
                    return Err(Fault::new("", "seq", "an integer of at least 1", "0"));
                }
                delivery.chat_info()?;
            }
            ServerFrame::Joined { data, .. } => self.check_joined(data)?,
            ServerFrame::Notice(data) => check_notice(data)?,
            ServerFrame::UserList { .. } => self.check_user_list()?,
            ServerFrame::UserChange(data) if data.change.users().is_empty() => {
                return Err(in_data("joined or left", "an array of at least one user", "an empty array"));
            }
            ServerFrame::Error(error) => check_error(error)?,
            _ => {}
        }
        Ok(frame)
    }

    fn check_joined(&self, data: &Joined) -> Result<(), Fault> {
        /// The names as they stand there; a client passes over those that it does not know.
        #[derive(Deserialize)]
        struct Named {
            profiles: Vec<String>,
        }
        if data.version != VERSION {
            return Err(in_data("version", "the integer 1", "another integer"));
        }
        let named: Named = self.data()?;
        if !named.profiles.iter().any(|name| name == Profile::Core.name()) {
            return Err(in_data("profiles", "an array with \"core\" in it", "an array without it"));
        }
        if data.recovered.is_some() && !data.profiles.contains(Profile::Resume) {
            return Err(in_data("recovered", "nothing, without profile resume", "a boolean"));
        }
        check_limits(&data.limits, data.profiles.contains(Profile::Presence))
    }

    fn check_user_list(&self) -> Result<(), Fault> {
        /// What is there at all; a client takes false for what is absent.
        #[derive(Deserialize)]
        struct Flag<'a> {
            #[serde(borrow)]
            truncated: Option<&'a RawValue>,
        }
        let text = self.data.text();
        let flag: Flag<'_> = serde_json::from_str(&text)
            .map_err(|error| in_data("truncated", "true or nothing", error.to_string()))?;
        match flag.truncated.map(RawValue::get) {
            None | Some("true") => Ok(()),
            Some(_) => Err(in_data("truncated", "true or nothing", "false")),
        }
    }
}

fn check_limits(limits: &Limits, presence: bool) -> Result<(), Fault> {
    let positive = [
        ("limits.heartbeatTimeoutMs", limits.heartbeat_timeout_ms),
        ("limits.authTimeoutMs", limits.auth_timeout_ms),
        ("limits.maxMessageBytes", limits.max_message_bytes),
        ("limits.maxTopics", limits.max_topics),
        ("limits.maxQueueBytes", limits.max_queue_bytes),
        ("limits.rosterMax", limits.roster_max.unwrap_or(1)),
    ];
    if let Some((name, _)) = positive.iter().find(|(_, limit)| *limit == 0) {
        return Err(in_data(name, "a positive integer", "0"));
    }
    if presence && (limits.presence_grace_ms.is_none() || limits.roster_max.is_none()) {
        return Err(in_data(
            "limits",
            "presenceGraceMs and rosterMax, with profile presence",
            "neither or one",
        ));
    }
    Ok(())
}

fn check_notice(data: &NoticeDelivery) -> Result<(), Fault> {
    match (&data.topic, &data.from) {
        (None, Some(_)) => Err(in_data("topic", Topic::EXPECTED, "nothing")),
        _ => Ok(()),
    }
}

fn check_error(error: &ErrorFrame) -> Result<(), Fault> {
    match error.reason() {
        None => Err(in_data("reason", "a reason of this version", "another string")),
        Some(Reason::RateLimited) if error.data.retry_after_ms.is_none() => {
            Err(in_data("retryAfterMs", "an integer of at least 0, with a 429", "nothing"))
        }
        Some(_) => Ok(()),
    }
}

fn in_data(
    name: &'static str,
    expected: &'static str,
    found: impl Into<std::borrow::Cow<'static, str>>,
) -> Fault {
    Fault::new("data", name, expected, found)
}
