//! A released vector never changes.

use roomwire_schemas::generate::vectors::{Vector, all, lock};

fn vectors() -> Vec<Vector> {
    all().into_iter().flat_map(|(_, vectors)| vectors).collect()
}

/// What the lock of today says of these.
fn against_today(vectors: &[Vector]) -> Result<String, String> {
    let today = lock::extend("", &self::vectors()).unwrap();
    lock::extend(&today, vectors).map_err(|error| error.to_string())
}

#[test]
fn a_new_vector_may_come_and_an_explanation_be_mended() {
    let mut vectors = vectors();
    vectors[0].title = "Otherwise said.";
    vectors[0].requirements = vec![];
    let lock = against_today(&vectors).unwrap();
    assert_eq!(lock, against_today(&self::vectors()).unwrap());
    let before = vectors.len();
    vectors.push(Vector { id: "zebra/new", ..vectors[0].clone() });
    assert_eq!(against_today(&vectors).unwrap().lines().count(), before + 2);
}

#[test]
fn a_vector_that_was_released_may_not_change_its_text_or_its_verdict() {
    let changes: [fn(&mut Vector); 5] = [
        |vector| vector.frame.push(' '),
        |vector| vector.layers.last_mut().unwrap().1 ^= true,
        |vector| vector.layers.truncate(1),
        |vector| vector.open = Some("depth"),
        |vector| vector.refused.as_mut().unwrap().topic = Some("another"),
    ];
    for change in changes {
        let mut vectors = vectors();
        let vector = vectors.iter_mut().find(|vector| vector.id == "topic/empty").unwrap();
        change(vector);
        let error = against_today(&vectors).unwrap_err();
        assert!(error.contains("topic/empty was released and has changed"), "{error}");
    }
}

#[test]
fn a_vector_that_was_released_may_not_go() {
    let error = against_today(&vectors()[1..]).unwrap_err();
    assert!(error.contains("legacy/heartbeat was released and is gone"), "{error}");
}
