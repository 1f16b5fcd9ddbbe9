//! What the wire numbers and names, as one file: types, codes, reasons, close codes, limits, profiles and
//! requirements.

use roomwire_protocol::code::{Band, CloseCode, FrameKind, FrameType, Profile, Reason, SUBPROTOCOL, VERSION};
use roomwire_protocol::limits::{DEPTH_READ, INTEGER_MAX, MALFORMED_BORNE};
use roomwire_protocol::{Limits, history};
use serde::Serialize;
use serde_json::json;

use super::Output;
use super::documents::Document;
use super::spec::Requirement;
use crate::layers::{CHAT_INFO, CONTENTS, DATA, ERROR_DATA, PAYLOADS};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta<'a> {
    generated: String,
    version: u32,
    subprotocol: &'static str,
    types: Vec<TypeRow>,
    codes: Vec<CodeRow>,
    reasons: Vec<ReasonRow>,
    close_codes: Vec<CloseCodeRow>,
    close_code_bands: Vec<BandRow>,
    limits: Vec<Limit>,
    /// What no server declares: the same everywhere.
    bounds: Vec<Bound>,
    profiles: Vec<ProfileRow>,
    http: Vec<Http>,
    schemas: Vec<Schema<'a>>,
    layers: Layers,
    requirements: Vec<RequirementRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TypeRow {
    r#type: i64,
    name: &'static str,
    profile: &'static str,
    /// The codes below 400 with which a server may answer or push.
    codes: Vec<u16>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeRow {
    code: u16,
    /// None for an error, which may have any type.
    r#type: Option<i64>,
    name: &'static str,
    profile: &'static str,
    /// Whether it can be the answer to a request, and so carry its id.
    answers: bool,
    error: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReasonRow {
    reason: &'static str,
    code: u16,
    /// Of several faults, the one with the lowest is answered.
    precedence: usize,
    /// Whether it may take the place of any other answer.
    replaces_any: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CloseCodeRow {
    code: u16,
    name: &'static str,
    band: Option<&'static str>,
}

#[derive(Serialize)]
struct BandRow {
    band: &'static str,
    first: u16,
    last: u16,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Limit {
    name: &'static str,
    default: u64,
    unit: &'static str,
    profile: &'static str,
    minimum: u64,
}

#[derive(Serialize)]
struct Bound {
    name: &'static str,
    value: u64,
    unit: &'static str,
}

#[derive(Serialize)]
struct ProfileRow {
    profile: &'static str,
    types: Vec<i64>,
}

#[derive(Serialize)]
struct Http {
    method: &'static str,
    path: &'static str,
    profile: &'static str,
    request: Option<&'static str>,
    response: &'static str,
}

#[derive(Serialize)]
struct Schema<'a> {
    name: &'a str,
    id: String,
    description: &'a str,
}

/// Which schema a layer is judged by.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Layers {
    client: &'static str,
    server: &'static str,
    payloads: Vec<Payload>,
    data: Vec<Data>,
    error_data: &'static str,
    chat_info: &'static str,
    contents: Vec<Content>,
}

#[derive(Serialize)]
struct Payload {
    r#type: i64,
    schema: Option<&'static str>,
}

#[derive(Serialize)]
struct Data {
    r#type: i64,
    code: i64,
    schema: Option<&'static str>,
}

#[derive(Serialize)]
struct Content {
    /// The `type` of the chatInfo.
    r#type: &'static str,
    client: &'static str,
    server: &'static str,
}

#[derive(Serialize)]
struct RequirementRow<'a> {
    id: &'a str,
    level: &'static str,
    profile: &'a str,
    binds: &'static str,
    text: &'a str,
    file: &'a str,
    chapter: &'a str,
}

/// The file.
pub(crate) fn output(requirements: &[Requirement], documents: &[Document]) -> Output {
    let meta = Meta {
        generated: format!("by `{}`; do not edit", crate::COMMAND),
        version: VERSION,
        subprotocol: SUBPROTOCOL,
        types: FrameType::ALL.iter().copied().map(frame_type).collect(),
        codes: FrameKind::ALL.iter().copied().map(code).chain(error_codes()).collect(),
        reasons: Reason::ALL.iter().copied().map(reason).collect(),
        close_codes: CloseCode::ALL.iter().copied().map(close_code).collect(),
        close_code_bands: Band::ALL.iter().copied().map(band).collect(),
        limits: limits(),
        bounds: bounds(),
        profiles: Profile::ALL.iter().copied().map(profile).collect(),
        http: http(),
        schemas: documents.iter().map(schema).collect(),
        layers: layers(),
        requirements: requirements.iter().map(requirement).collect(),
    };
    let mut content = serde_json::to_string_pretty(&meta).expect("numbers and texts alone");
    content.push('\n');
    Output { path: "schemas/v1/meta.json".into(), content }
}

fn frame_type(frame_type: FrameType) -> TypeRow {
    let kinds = FrameKind::ALL.iter().filter(|kind| kind.frame_type() == frame_type);
    TypeRow {
        r#type: frame_type.number(),
        name: frame_type.name(),
        profile: frame_type.profile().name(),
        codes: kinds.map(|kind| kind.code()).collect(),
    }
}

fn code(kind: FrameKind) -> CodeRow {
    CodeRow {
        code: kind.code(),
        r#type: Some(kind.frame_type().number()),
        name: kind.name(),
        profile: kind.frame_type().profile().name(),
        answers: kind.answers(),
        error: false,
    }
}

fn error_codes() -> impl Iterator<Item = CodeRow> {
    let codes: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    codes.into_iter().map(|code| CodeRow {
        code,
        r#type: None,
        name: "error",
        profile: Profile::Core.name(),
        answers: true,
        error: true,
    })
}

fn reason(reason: Reason) -> ReasonRow {
    ReasonRow {
        reason: reason.name(),
        code: reason.code(),
        precedence: reason.precedence(),
        replaces_any: reason.replaces_any(),
    }
}

fn close_code(code: CloseCode) -> CloseCodeRow {
    CloseCodeRow { code: code.number(), name: code.name(), band: code.band().map(band_name) }
}

fn band(band: Band) -> BandRow {
    BandRow { band: band_name(band), first: *band.range().start(), last: *band.range().end() }
}

fn band_name(band: Band) -> &'static str {
    match band {
        Band::DoNotRetry => "do-not-retry",
        Band::RetryWithBackoff => "retry-with-backoff",
        Band::RetryNow => "retry-now",
        _ => "unknown",
    }
}

fn limits() -> Vec<Limit> {
    let defaults = json!(Limits::default());
    let limit = |name: &'static str, unit, profile: Profile, minimum| Limit {
        name,
        default: defaults[name].as_u64().expect("every limit has a default"),
        unit,
        profile: profile.name(),
        minimum,
    };
    vec![
        limit("heartbeatTimeoutMs", "milliseconds", Profile::Core, 1),
        limit("authTimeoutMs", "milliseconds", Profile::Core, 1),
        limit("maxMessageBytes", "bytes", Profile::Core, 1),
        limit("maxTopics", "topics", Profile::Core, 1),
        limit("maxQueueBytes", "bytes", Profile::Core, 1),
        limit("presenceGraceMs", "milliseconds", Profile::Presence, 0),
        limit("rosterMax", "users", Profile::Presence, 1),
    ]
}

fn bounds() -> Vec<Bound> {
    [
        ("token", 4096, "characters"),
        ("id", 64, "characters"),
        ("topic", 128, "characters"),
        ("user", 128, "characters"),
        ("displayName", 64, "characters"),
        ("avatarurl", 512, "characters"),
        ("nesting", DEPTH_READ as u64, "levels"),
        ("malformedFramesBorne", u64::from(MALFORMED_BORNE), "frames"),
        ("integer", INTEGER_MAX, "largest"),
        ("resultsPerPage", history::RESULTS_PER_PAGE_MAX, "chats"),
    ]
    .map(|(name, value, unit)| Bound { name, value, unit })
    .into()
}

fn profile(profile: Profile) -> ProfileRow {
    let types = FrameType::ALL.iter().filter(|frame_type| frame_type.profile() == profile);
    ProfileRow { profile: profile.name(), types: types.map(|frame_type| frame_type.number()).collect() }
}

fn http() -> Vec<Http> {
    let profile = Profile::History.name();
    vec![
        Http {
            method: "GET",
            path: history::READ_PATH,
            profile,
            request: None,
            response: "history-response",
        },
        Http {
            method: "POST",
            path: history::ASK_PATH,
            profile,
            request: Some("question-request"),
            response: "question-response",
        },
    ]
}

fn schema(document: &Document) -> Schema<'_> {
    Schema { name: document.name, id: crate::id_of(document.name), description: &document.description }
}

fn layers() -> Layers {
    Layers {
        client: "client-frame",
        server: "server-frame",
        payloads: PAYLOADS.map(|(number, schema)| Payload { r#type: number, schema }).into(),
        data: DATA.map(|(number, code, schema)| Data { r#type: number, code, schema }).into(),
        error_data: ERROR_DATA,
        chat_info: CHAT_INFO,
        contents: CONTENTS.map(|(kind, client, server)| Content { r#type: kind, client, server }).into(),
    }
}

fn requirement(requirement: &Requirement) -> RequirementRow<'_> {
    RequirementRow {
        id: &requirement.id,
        level: requirement.level,
        profile: &requirement.profile,
        binds: if requirement.client { "client" } else { "server" },
        text: &requirement.text,
        file: &requirement.file,
        chapter: &requirement.chapter,
    }
}
