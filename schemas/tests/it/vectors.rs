//! The vectors are what they claim to be, and whoever reads frames agrees with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use roomwire_schemas::Judge;
use roomwire_schemas::generate::vectors::{Direction, Vector, all};
use roomwire_schemas::generate::{decoder, open, spec};
use roomwire_schemas::layers::Layer;

fn vectors() -> Vec<Vector> {
    all().into_iter().flat_map(|(_, vectors)| vectors).collect()
}

#[test]
fn there_are_enough_of_both_kinds() {
    let vectors = vectors();
    let judged = || vectors.iter().filter(|vector| vector.open.is_none());
    let valid = judged().filter(|vector| vector.layers.iter().all(|(_, valid)| *valid)).count();
    assert!(valid >= 150 && judged().count() - valid >= 250, "{valid} valid of {}", vectors.len());
}

#[test]
fn each_has_an_id_a_title_and_requirements_of_the_spec() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let known: BTreeSet<_> =
        spec::read(&root.join("docs/spec")).unwrap().into_iter().map(|requirement| requirement.id).collect();
    let mut ids = BTreeSet::new();
    let mut frames = BTreeMap::new();
    for vector in vectors() {
        let well_formed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '/';
        assert!(vector.id.chars().all(well_formed) && vector.id.matches('/').count() == 1, "{}", vector.id);
        assert!(ids.insert(vector.id), "{} is there twice", vector.id);
        assert!(vector.title.ends_with(['.', '?']), "{}: {}", vector.id, vector.title);
        for id in &vector.requirements {
            assert!(known.contains(*id), "{} cites {id}, which is no requirement", vector.id);
        }
        let same = frames
            .insert((format!("{:?}", vector.direction), vector.schema, vector.frame.clone()), vector.id);
        assert_eq!(same, None, "{} says nothing that is not said", vector.id);
    }
}

#[test]
fn an_invalid_client_frame_says_how_it_is_refused_and_no_other_does() {
    for vector in vectors() {
        let invalid = vector.layers.iter().any(|(_, valid)| !valid);
        assert_eq!(
            vector.refused.is_some(),
            invalid && vector.direction == Direction::Client,
            "{}",
            vector.id
        );
        assert_eq!(vector.layers.is_empty(), vector.open.is_some(), "{}", vector.id);
        let inner = vector.layers.split_last().map_or(&[][..], |(_, outer)| outer);
        assert!(inner.iter().all(|(_, valid)| *valid), "{}: nothing lies within what is invalid", vector.id);
    }
}

#[test]
fn what_the_spec_leaves_open_and_nothing_else_is_left_open() {
    for vector in vectors() {
        let rules = open::rules(&vector.frame);
        assert_eq!(rules.into_iter().collect::<Vec<_>>(), Vec::from_iter(vector.open), "{}", vector.id);
    }
}

#[test]
fn the_schemas_agree_with_every_vector() {
    let judge = Judge::new();
    for vector in vectors() {
        let judgement = match (vector.direction, vector.schema) {
            (Direction::Client, _) => judge.client(&vector.frame),
            (Direction::Server, _) => judge.server(&vector.frame),
            (Direction::Http, schema) => judge.document(schema.unwrap(), &vector.frame).unwrap(),
        };
        // A vector without a verdict is only to be survived.
        if vector.open.is_none() {
            assert_eq!(judgement.layers, vector.layers, "{}: {:#?}", vector.id, judgement.faults);
            assert_eq!(
                judgement.is_valid(),
                judgement.layers.iter().all(|(_, valid)| *valid),
                "{}",
                vector.id
            );
        }
    }
}

#[test]
fn what_is_malformed_and_nothing_else_is_no_client_envelope() {
    let judge = Judge::new();
    for vector in vectors() {
        let name = match vector.direction {
            Direction::Client => "client-envelope",
            Direction::Server if vector.layers.first() == Some(&(Layer::Envelope, true)) => "server-envelope",
            _ => continue,
        };
        let borne = judge.document(name, &vector.frame).unwrap().is_valid();
        let malformed = vector.refused.as_ref().is_some_and(|refused| refused.code == 400);
        assert!(vector.open.is_some() || borne != malformed, "{} by {name}", vector.id);
    }
}

#[test]
fn the_decoder_agrees_with_every_vector() {
    for vector in vectors() {
        let verdict = match (vector.direction, vector.schema) {
            (Direction::Client, _) => decoder::client(&vector.frame),
            (Direction::Server, _) => decoder::server(&vector.frame),
            (Direction::Http, schema) => decoder::body(schema.unwrap(), &vector.frame),
        };
        if vector.open.is_some() {
            continue;
        }
        assert_eq!(verdict.layers, vector.layers, "{}: {:?}", vector.id, verdict.refusal);
        let said = verdict.refusal.as_ref().map(|refusal| {
            let id = refusal.id().map(|id| id.as_str().to_owned());
            (refusal.reason().code(), refusal.reason().name(), refusal.type_number(), id)
        });
        let wanted = vector
            .refused
            .as_ref()
            .map(|refused| (refused.code, refused.reason, refused.r#type, refused.id.map(str::to_owned)));
        assert_eq!(said, wanted, "{}", vector.id);
        if let (Some(refusal), Some(refused)) = (&verdict.refusal, &vector.refused)
            && refused.code == 422
        {
            let topic = refusal.topic().map(roomwire_protocol::Topic::as_str);
            assert_eq!(topic, refused.topic, "{}", vector.id);
        }
    }
}
