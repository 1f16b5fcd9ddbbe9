//! The crates of the workspace know one another in one direction only, whatever a manifest may come to say.
//!
//! A runner that shared its judgement with the server that it judges would be blind to the mistakes of both.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Every edge that there may be. What is not here is not allowed: nothing depends on the runner, the server knows the
/// protocol alone, and the protocol knows no member of the workspace but, in its tests, itself.
const ALLOWED: [&str; 8] = [
    "roomwire-conformance → roomwire-protocol",
    "roomwire-conformance → roomwire-schemas",
    "roomwire-conformance → roomwire-server, for its tests",
    "roomwire-conformance → roomwire-server, optional",
    "roomwire-protocol → roomwire-protocol, for its tests",
    "roomwire-schemas → roomwire-protocol",
    "roomwire-schemas → roomwire-protocol, optional",
    "roomwire-server → roomwire-protocol",
];

#[test]
fn crates_depend_on_one_another_in_one_direction() {
    let edges = edges(&metadata());
    let forbidden: Vec<_> = edges.iter().filter(|edge| !ALLOWED.contains(&edge.as_str())).collect();
    assert!(forbidden.is_empty(), "not allowed: {forbidden:#?}\nallowed: {ALLOWED:#?}");
    for needed in ["roomwire-server → roomwire-protocol", "roomwire-conformance → roomwire-server, optional"]
    {
        assert!(edges.contains(needed), "{needed} was not seen, so nothing was: {edges:#?}");
    }
}

#[test]
fn only_the_feature_embedded_brings_the_server_into_the_runner() {
    let metadata = metadata();
    let runner = members(&metadata).find(|member| member["name"] == "roomwire-conformance").unwrap();
    let brings = |enabled: &Value| {
        let enabled = enabled.as_str().unwrap();
        enabled == "dep:roomwire-server" || enabled.starts_with("roomwire-server/")
    };
    let features = runner["features"].as_object().unwrap().iter();
    let bringing: Vec<_> = features
        .filter(|(_, enables)| enables.as_array().unwrap().iter().any(brings))
        .map(|(feature, _)| feature.as_str())
        .collect();
    assert_eq!(bringing, ["embedded"]);
}

/// The dependencies between members, each in words.
fn edges(metadata: &Value) -> BTreeSet<String> {
    let names: BTreeSet<&str> = members(metadata).map(name).collect();
    let mut edges = BTreeSet::new();
    for member in members(metadata) {
        for dependency in member["dependencies"].as_array().unwrap() {
            let how = match (dependency["kind"].as_str(), dependency["optional"].as_bool().unwrap()) {
                (None, false) => "",
                (None, true) => ", optional",
                (Some("dev"), _) => ", for its tests",
                (Some(kind), _) => &format!(", {kind}"),
            };
            if names.contains(name(dependency)) {
                edges.insert(format!("{} → {}{how}", name(member), name(dependency)));
            }
        }
    }
    edges
}

fn members(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().unwrap().iter()
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap()
}

/// What cargo knows of the workspace; of the rest of the world it is not asked, so no network is needed.
fn metadata() -> Value {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--manifest-path"])
        .arg(manifest)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
